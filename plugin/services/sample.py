"""Looking at the draft as a shopper would: it is live, and a sample member has ordered, for as long as one transaction that is undone.

Everything is the real thing (the order is settled, the points are booked), so what is shown is what shoppers will see; nothing stays.
The address of a look is signed and short-lived: whoever has it sees the draft of one shop, and nobody's data.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from plugin.db import Database, Session, shops
from plugin.loyalty.errors import Refusal
from plugin.loyalty.facts import Body, Line, OrderFacts
from plugin.loyalty.program import parse
from plugin.loyalty.rehearsal import first_price
from plugin.services import drafts, members, programs, settle
from plugin.services.keys import Keys

LIFETIME: Final = timedelta(hours=2)
KEY: Final = "previews"
"""The label of the key that signs addresses."""

CUSTOMER_ID: Final = 2**53 - 111
"""The sample member's number at Shopify: no customer of any shop has it."""
ORDER_ID: Final = 2**53 - 112
ORDERS_WORTH: Final = 120
"""What the sample order comes to, in units that earn one point by themselves."""


class LookOver(Refusal):
    """The address of a look at the draft is too old, or nobody signed it."""

    code = "look-over"
    sentence = "This preview has ended. Open it again from the program's pages."


class _TakenBack(Exception):
    """Ends the transaction; nothing of it stays."""


def token(key: bytes, domain: str, *, now: datetime) -> str:
    """What opens a look at that shop's draft for LIFETIME."""
    ends = int((now + LIFETIME).timestamp())
    return f"{ends}.{_seal(key, domain, ends)}.{domain}"


def domain_of(key: bytes, text: str, *, now: datetime) -> str:
    """The shop whose draft a token opens. Raises LookOver."""
    ends, _, rest = text.partition(".")
    seal, _, domain = rest.partition(".")
    is_number = ends.isascii() and ends.isdigit() and len(ends) < 12  # noqa: PLR2004 - seconds since 1970
    if not is_number or not seal.isascii() or not hmac.compare_digest(_seal(key, domain, int(ends)), seal):
        raise LookOver
    if now.timestamp() >= int(ends):
        raise LookOver
    return domain


@contextmanager
def staged(database: Database, shop_id: int, *, keys: Keys, now: datetime) -> Iterator[Session]:
    """A transaction in which the draft is live and the sample member (CUSTOMER_ID) has points; it is undone at the end."""
    with suppress(_TakenBack), database.transaction(shop_id) as session:
        settle.lock_shop(session)
        draft = parse(drafts.read(session).document).model_copy(update={"is_live": True})
        programs.try_out(session, draft, now=now)
        member_id = members.join(session, CUSTOMER_ID, tombstone_key=keys.tombstones, now=now)
        currency = shops.details(session).currency
        settle.settle(session, [_order(draft.earning.per * ORDERS_WORTH, currency, now)], keys=keys, now=now)
        price = first_price(draft)
        if price is not None:
            members.adjust(session, member_id, price, words="sample", author="sample", key="sample", now=now)
        yield session
        raise _TakenBack


def _order(amount: Decimal, currency: str, now: datetime) -> OrderFacts:
    at = now + timedelta(seconds=1)  # a version that is only tried out is in force from a moment after `now`
    line = Line(id=1, quantity=1, gross=amount)
    body = Body(
        updated_at=at,
        processed_at=at,
        currency=currency,
        status="paid",
        lines=(line,),
        name="#1001",
        customer_id=CUSTOMER_ID,
        source="web",
        total=amount,
    )
    return OrderFacts(id=ORDER_ID, body=body, paid_at=at, fetched_at=at)


def _seal(key: bytes, domain: str, ends: int) -> str:
    return hmac.digest(key, f"preview:{domain}:{ends}".encode(), "sha256").hex()
