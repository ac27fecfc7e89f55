"""The demo: the real app, the real databases and the dev store on one laptop, playing what merchants and shoppers do."""
