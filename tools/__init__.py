"""Checks of what runs inside Shopify: configuration, GraphQL documents, page markup, themes."""
