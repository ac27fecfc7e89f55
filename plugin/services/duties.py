"""What a shop's new day brings (plugin.services.calendar), in this order, each once a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from plugin.db import Session
from plugin.loyalty.program import Never, Program
from plugin.services import birthdays, dividend, expiry, programs, statements, tier_rounds
from plugin.services.calendar import Duty

Wanted = Callable[[Session, Program], bool]


def _has_actions(session: Session, _live: Program) -> bool:
    return programs.ever_had(session, "actions")


def _warns(_session: Session, live: Program) -> bool:
    return not isinstance(live.lapse, Never) and bool(live.lapse.warn_days)


def _states(_session: Session, live: Program) -> bool:
    return live.is_live and "statement" in live.messages.on


def _tells_of_tiers(_session: Session, live: Program) -> bool:
    return live.is_live and live.tiers.is_on and "tier_at_risk" in live.messages.on


def _pays(_session: Session, live: Program) -> bool:
    return live.is_live and live.dividend.is_on


def _always(_session: Session, _live: Program) -> bool:
    return True


DUTIES: Final[tuple[tuple[Duty, Wanted], ...]] = (
    (birthdays.give, _has_actions),
    (birthdays.give_for_years, _has_actions),
    (tier_rounds.new_day, _always),
    (expiry.warn, _warns),
    (statements.tell_of_tiers_at_risk, _tells_of_tiers),
    (statements.send_on_the_first, _states),
    (dividend.pay_on_its_day, _pays),
)
"""Each with the question whether the shop's program wants it at all; `tier_rounds` looks for itself, on the last day only."""


def wanted(session: Session) -> tuple[Duty, ...]:
    """The duties that days of this shop bring now."""
    live = programs.current(session).program
    return tuple(duty for duty, is_wanted in DUTIES if is_wanted(session, live))
