"""Pages about members: finding them, what they have and why, what staff do for one of them or for many, and what they say.

listing        the list: search, filters, order, file          segment_pages   filters under a name
bulk_pages     a change of many members, and undoing it        feedback_pages  answers to surveys
person         one member: balance, tier, timeline             deeds           what staff do for one member
merge_pages    two members who are one person                  names, words    how members and what they did are called

Names are read from Shopify for each page and never kept; every page also works without them.
"""

from __future__ import annotations

from flask import Blueprint

from plugin.admin.desk import Desk
from plugin.admin.members import (
    bulk_pages,
    deeds,
    feedback_pages,
    listing,
    merge_pages,
    person,
    segment_pages,
)


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members` and below."""
    for pages in (listing, segment_pages, bulk_pages, feedback_pages, person, deeds, merge_pages):
        pages.add_routes(blueprint, desk)
