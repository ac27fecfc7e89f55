"""Who of the staff may do what: looking is everybody's, and what a role may change is decided here, by the address alone."""

from __future__ import annotations

import re
from typing import Final

from plugin.loyalty.errors import Refusal
from plugin.services.staff import Colleague, Role, is_enough

NEEDED: Final[tuple[tuple[re.Pattern[str], Role], ...]] = (
    (re.compile(r".*/preview"), "viewer"),
    (re.compile(r"/settings/(staff|keys)(/.*)?"), "owner"),
    (re.compile(r"/members/(bulk|[0-9]+/(forget|merge))(/.*)?"), "manager"),
    (re.compile(r"/(members|activity)(/.*)?"), "support"),
    (re.compile(r".*"), "manager"),
)
"""The least role for a request that changes something; the first address that fits counts."""

NAMES: Final[dict[Role, str]] = {"owner": "Owner", "manager": "Manager", "support": "Support", "viewer": "Viewer"}
ABILITIES: Final[dict[Role, str]] = {
    "owner": "Everything, and decides who may do what and which API keys there are.",
    "manager": "Changes the program, the settings and everything about members and orders.",
    "support": "Helps members: changes points, cancels rewards, reviews referrals, answers feedback.",
    "viewer": "Looks at everything and changes nothing.",
}


class RoleTooLow(Refusal):
    """`has` and `needs` are roles, `owners` how the owners are called."""

    code = "role-too-low"
    sentence = "Your role ({has}) cannot change this. It takes the role {needs}. Ask {owners}."


def needed_for(path: str) -> Role:
    """The least role that may send something to this address."""
    return next(role for pattern, role in NEEDED if pattern.fullmatch(path))


def require(role: Role, path: str, owners: list[Colleague]) -> None:
    """Raises RoleTooLow unless whoever has this role may send something to this address."""
    needed = needed_for(path)
    if not is_enough(role, needed):
        names = " or ".join(called(one) for one in owners) or "the owner"
        raise RoleTooLow(has=NAMES[role].lower(), needs=NAMES[needed].lower(), owners=names)


def called(colleague: Colleague) -> str:
    """How a member of the staff is called: what the owner calls them, else by number."""
    return colleague.label or f"staff member {colleague.staff_id}"
