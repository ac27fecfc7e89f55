"""Settings: who may do what, what the app looks like and says, what is kept of people, and the proof that the books add up.

What belongs to the program (branding, what is sent) is edited as a part of its draft; everything here counts at once.
"""

from __future__ import annotations

from flask import Blueprint

from plugin.admin.desk import Desk
from plugin.admin.settings import audit, data, index, keys, mail_pages, privacy, snippets, staff_pages, testing


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """Everything below /settings."""
    for pages in (index, mail_pages, snippets, testing, staff_pages, keys, audit, privacy, data):
        pages.add_routes(blueprint, desk)
