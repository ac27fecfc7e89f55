"""The leaflet: what the store's own pages say of a program, as plain data that theme blocks read without asking the app.

`numbers` is what Liquid counts with, `page` the program in one language. Both are pure: the same program, the same leaflet.
"""

from plugin.loyalty.leaflet.numbers import numbers
from plugin.loyalty.leaflet.texts import page

__all__ = ["numbers", "page"]
