"""A Shopify you can run on a laptop: Admin API, storefront, checkout, admin frame, webhooks and faults."""
