"""How long a shop keeps what no proof needs: the merchant decides, within what repeated deliveries and questions of customers need.

Points and orders' figures are not among it: they are the proof. Neither is what names a person, which goes when they are erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from plugin.db import Session
from plugin.db import retention as rows
from plugin.loyalty.errors import Refusal
from plugin.services import changelog


class RetentionOutOfBounds(Refusal):
    """`names` are the fields of Retention that are too small or too large."""

    code = "retention-out-of-bounds"
    sentence = "These cannot be kept for so long, or for so short: {names}."


@dataclass(frozen=True, slots=True)
class Retention:
    """Days, counted from when something arrived or was sent.

    `news_days` for deliveries that were worked on and for clients' keys, `bodies_days` for deliveries that nobody could read (with
    their bodies), `messages_days` for what messages said.
    """

    news_days: int = 30
    bodies_days: int = 30
    messages_days: int = 365


BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "news_days": (7, 365),
    "bodies_days": (7, 90),
    "messages_days": (7, 1095),
}
"""The least and the most of each.

Shopify repeats a delivery for four hours and a client a request for a day; a week also outlasts a long outage on our side, and gives
staff the time to look at what could not be read. Bodies hold names and addresses, so 90 days are the most.
"""


def of(session: Session) -> Retention:
    """What the shop chose, or what is usual."""
    found = rows.read(session)
    return Retention(*found) if found is not None else Retention()


def change(session: Session, wanted: Retention, *, by: str, now: datetime) -> None:
    """Keep things that long from now on; what is older goes with the next tidying. Raises RetentionOutOfBounds."""
    if names := out_of_bounds(wanted):
        raise RetentionOutOfBounds(names=", ".join(names))
    if wanted == of(session):
        return
    rows.save(session, **asdict(wanted))
    changelog.note(session, by=by, deed="privacy.retention_changed", facts=asdict(wanted), now=now)


def out_of_bounds(wanted: Retention) -> list[str]:
    """The fields that are below or above what they may be."""
    return [name for name, (least, most) in BOUNDS.items() if not least <= getattr(wanted, name) <= most]


def tidy(session: Session, *, now: datetime) -> None:
    """Delete what is older than the shop keeps it."""
    kept = of(session)
    rows.delete_news(session, before=now - timedelta(days=kept.news_days))
    rows.delete_bodies(session, before=now - timedelta(days=kept.bodies_days))
    rows.empty_messages(session, before=now - timedelta(days=kept.messages_days))
