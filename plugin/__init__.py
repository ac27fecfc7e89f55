"""Regulars: the loyalty app that a Shopify merchant owns."""
