"""Every page of the panel by its name. Whoever is no member yet is shown the way in instead of a member's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from uuid import UUID

from plugin.storefront.panel import codes, earning, friends, history, home, levels, rewards, sharing
from plugin.storefront.panel.parts import Part
from plugin.storefront.panel.visit import Visit
from plugin.storefront.refusals import PageUnknown

Draw = Callable[[Visit, str], Part]

SLUG: Final = r"[a-z0-9][a-z0-9-]{0,39}"
ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

FOR_ALL: Final[dict[str, Draw]] = {
    r"home()": lambda visit, _: home.one(visit),
    r"rewards()": lambda visit, _: rewards.listing(visit),
    rf"reward/({SLUG})": rewards.one,
    r"earn()": lambda visit, _: earning.listing(visit),
    r"tiers()": lambda visit, _: levels.listing(visit),
    r"gift/([0-9A-Z]{10})": lambda visit, handle: friends.gift(visit, handle) or home.members(visit),
    rf"claim/({ID})": lambda visit, claim_id: friends.claimed(visit, UUID(claim_id)),
}
"""Pages that everybody may see: a pattern whose group is what the page is about -> what draws it."""

FOR_MEMBERS: Final[dict[str, Draw]] = {
    rf"reward/({SLUG})/household": rewards.from_household,
    rf"reward/({SLUG})/send": rewards.sent,
    r"codes()": lambda visit, _: codes.listing(visit),
    rf"code/({ID})": lambda visit, code_id: _code(visit, UUID(code_id)),
    rf"code/({ID})/new": lambda visit, code_id: _code(visit, UUID(code_id), is_new=True),
    r"birthday()": lambda visit, _: earning.birthday(visit),
    r"check-in()": lambda visit, _: earning.check_in(visit),
    rf"survey/({SLUG})": earning.survey,
    r"invite()": lambda visit, _: friends.invite(visit),
    r"history()": lambda visit, _: history.listing(visit, None),
    r"history/([0-9]{1,18})": lambda visit, before: history.listing(visit, int(before)),
    r"household()": lambda visit, _: sharing.household(visit),
    r"household/invite()": lambda visit, _: sharing.household_invitation(visit),
    r"gifts()": lambda visit, _: sharing.giving(visit),
    r"causes()": lambda visit, _: sharing.giving_to_causes(visit),
    rf"cause/({SLUG})": sharing.cause,
}


def draw(visit: Visit, name: str) -> Part:
    """The page of that name. Raises PageUnknown, and whatever refusal the page itself meets."""
    for pattern, page in FOR_ALL.items():
        if found := re.fullmatch(pattern, name):
            return page(visit, found[1])
    for pattern, page in FOR_MEMBERS.items():
        if found := re.fullmatch(pattern, name):
            return page(visit, found[1]) if visit.member is not None else home.welcome(visit, then=name)
    raise PageUnknown


def beside(visit: Visit, page: Part) -> dict[str, Part]:
    """Pages that will be wanted next and cost nothing more: they come along, so that they open at once."""
    if page["name"] not in {"home", "rewards"}:
        return {}
    return {f"reward/{offer.reward.id}": rewards.one(visit, offer.reward.id) for offer in visit.offers}


def _code(visit: Visit, redemption_id: UUID, *, is_new: bool = False) -> Part:
    row = codes.find(visit, redemption_id)
    return codes.one(visit, row, is_new=is_new) or home.members(visit, message=codes.fate(visit, row))
