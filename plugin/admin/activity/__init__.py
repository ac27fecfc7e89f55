"""Activity: everything that happened to points, and what waits for somebody to look at it.

stream        every booking, newest first, and the file of them
order_pages   one order explained
redemptions   rewards that were taken, and what can still be done about them
fulfilment    what people have to do for rewards
referrals     who brought whom, and the ones that want a look
trouble       what could not be processed, written or sent
points        points per customer and month
naming, reading, words   who somebody is, what an address says, what things are called
"""

from __future__ import annotations

from flask import Blueprint

from plugin.admin.activity import (
    fulfilment_pages,
    order_pages,
    points_pages,
    redemption_pages,
    referral_pages,
    stream_pages,
    trouble_pages,
)
from plugin.admin.desk import Desk

__all__ = ["add_routes"]

PAGES = (
    stream_pages,
    order_pages,
    redemption_pages,
    fulfilment_pages,
    referral_pages,
    trouble_pages,
    points_pages,
)


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """All pages of activity."""
    for pages in PAGES:
        pages.add_routes(blueprint, desk)
