"""Who of the staff may do what: looking is everybody's, and what a role may change is decided here, by the address alone.

The entrance refuses by this table, and pages ask the same table before they draw a button (`may`), so that nobody is shown what
would be refused.
"""

from __future__ import annotations

import re
from typing import Final

from flask import current_app

from plugin.services.staff import Role

NEEDED: Final[tuple[tuple[re.Pattern[str], Role], ...]] = (
    (re.compile(r".*/preview"), "viewer"),
    (re.compile(r"/settings/(staff|keys)(/.*)?"), "owner"),
    (re.compile(r"/members/(bulk|<[^/]+>/(forget|merge))(/.*)?"), "manager"),
    (re.compile(r"/(members|activity)(/.*)?"), "support"),
    (re.compile(r".*"), "manager"),
)
"""The least role for a request that changes something, by the route as it is written down; the first that fits counts."""

NAMES: Final[dict[Role, str]] = {"owner": "Owner", "manager": "Manager", "support": "Support", "viewer": "Viewer"}
ABILITIES: Final[dict[Role, str]] = {
    "owner": "Everything, and decides who may do what and which API keys there are.",
    "manager": "Changes the program, the settings and everything about members and orders.",
    "support": "Helps members: changes points, cancels rewards, reviews referrals, answers feedback.",
    "viewer": "Looks at everything and changes nothing.",
}


def needed_at(route: str) -> Role:
    """The least role that may send something to this route, such as "/members/<int:member_id>/forget"."""
    return next(role for pattern, role in NEEDED if pattern.fullmatch(route))


def needed_for(endpoint: str) -> Role:
    """The least role that may send something to this endpoint of the admin, such as "member_forget"."""
    return needed_at(next(current_app.url_map.iter_rules(f"admin.{endpoint}")).rule)
