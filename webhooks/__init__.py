"""The door for Shopify: verify, record, ring, 200. Nothing is worked on here."""
