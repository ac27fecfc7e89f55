"""Everything that knows Shopify: what it sends, what it is asked, and whether it was Shopify at all."""
