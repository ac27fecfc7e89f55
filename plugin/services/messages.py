"""Telling members by e-mail: queued in the transaction of what happened, sent by a job, at most once per cause.

Addresses are asked of Shopify when a mail is sent and never stored. What falls together goes out as one mail. Nothing is sent in the
shop's quiet hours, to whoever unsubscribed, or (marketing) to whoever did not consent; the row then says why.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from plugin.db import Database, Session, orders, redemptions, shops
from plugin.db import members as member_rows
from plugin.db import messages as message_rows
from plugin.db.messages import Queued
from plugin.loyalty import mails
from plugin.loyalty.errors import Refused
from plugin.loyalty.mail import Mail, MailPart
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Program, Reward
from plugin.loyalty.program.messages import MessageKind
from plugin.loyalty.rules import PURCHASE
from plugin.loyalty.words import language_of
from plugin.services import effects, programs
from plugin.services.effects import Kind
from plugin.services.ports import Mailer, ShopifyShop

STALE: Final = timedelta(days=3)
"""What happened longer ago than this is history that was brought along, and nobody is told of it."""

UNSUBSCRIBE_PATH: Final = "/mail/unsubscribe"


@dataclass(frozen=True, slots=True)
class Letters:
    """What sending needs: who carries mail, and the key and address that unsubscribing is done with."""

    mailer: Mailer
    key: bytes
    app_url: str


def queue(
    session: Session,
    program: Program,
    member_id: int,
    kind: MessageKind,
    *,
    cause: str,
    facts: Mapping[str, Any],
    happened_at: datetime,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Have the member told of this, from `at` (default: soon) on. Nothing when the program does not send this kind.

    `cause` names what happened: told once, whatever is repeated or replayed. `facts` are figures and ids, never names.
    """
    terms = program.messages
    if not (program.is_live and terms.sends(kind)) or now - happened_at > STALE:
        return
    zone = ZoneInfo(shops.details(session).timezone)
    soon = now + timedelta(minutes=terms.digest_minutes)
    due_at = after_quiet(max(soon, at or soon), terms.quiet_from, terms.quiet_until, zone)
    if message_rows.add(session, member_id, kind=kind, cause=cause, facts=facts, now=now, due_at=due_at):
        effects.request(session, Kind.MAIL, str(member_id), now=now, at=due_at)


def send(
    database: Database, shop_id: int, shopify: ShopifyShop, member_id: int, letters: Letters, *, now: datetime
) -> datetime | None:
    """Send the member what is due, as one mail. When the next of theirs is due, None for never.

    Raises OutsideError when Shopify or the mail server cannot be asked: nothing is lost then, and nothing counts as sent.
    """
    with database.transaction(shop_id) as session:
        living = member_rows.living(session, member_id)
        customer_id = member_rows.customer_of(session, living) if living is not None else None
        waiting = message_rows.queued(session, living) if living is not None else []
        due = [each for each in waiting if each.due_at <= now]
        later = min((each.due_at for each in waiting if each.due_at > now), default=None)
        program = programs.current(session).program
    if not due or living is None:
        return later
    person = shopify.people([customer_id]).get(customer_id) if customer_id is not None else None
    with database.transaction(shop_id) as session:
        sendable = _choose(session, due, person, program, letters.key, now=now)
        mail = _mail(session, program, sendable, person, letters, now=now) if sendable and person is not None else None
    if mail is None:
        return later
    is_taken = True
    try:
        letters.mailer.send(mail)
    except Refused:
        is_taken = False
    state, why = ("sent", None) if is_taken else ("left_out", "address_refused")
    with database.transaction(shop_id) as session:
        message_rows.close(session, [each.id for each in sendable], state=state, why=why, now=now)
    return later


def after_quiet(at: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it falls into. Equal times: there are none."""
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet_from > quiet_until
    is_quiet = (clock >= quiet_from or clock < quiet_until) if over_midnight else quiet_from <= clock < quiet_until
    if not is_quiet:
        return at
    ends = local.replace(hour=quiet_until.hour, minute=quiet_until.minute, second=0, microsecond=0)
    if ends <= local:
        ends += timedelta(days=1)
    return ends.astimezone(at.tzinfo)


def mark_of(key: bytes, shop_id: int, email: str) -> bytes:
    """What an address is known by once it unsubscribed: a keyed hash, different in every shop."""
    return hmac.digest(key, f"{shop_id}:{email.strip().casefold()}".encode(), "sha256")[:16]


def unsubscribe_token(key: bytes, shop_id: int, mark: bytes) -> str:
    """What an unsubscribe link carries: it works for one address in one shop, and for nothing else."""
    seal = hmac.digest(key, b"unsubscribe:%d:%s" % (shop_id, mark), "sha256")[:12]
    return f"{shop_id}.{mark.hex()}.{seal.hex()}"


def unsubscribe(database: Database, token: str, *, key: bytes, now: datetime) -> bool:
    """Whoever has this link's address gets no mail of this shop any more. False for a link that is not ours."""
    shop_text, _, rest = token.partition(".")
    mark_text, _, _ = rest.partition(".")
    try:
        shop_id, mark = int(shop_text), bytes.fromhex(mark_text)
    except ValueError:
        return False
    if not hmac.compare_digest(unsubscribe_token(key, shop_id, mark).encode(), token.encode()):
        return False
    with database.transaction(shop_id) as session:
        message_rows.suppress(session, mark, is_marketing_only=False, now=now)
    return True


def _choose(
    session: Session, due: Sequence[Queued], person: Person | None, program: Program, key: bytes, *, now: datetime
) -> list[Queued]:
    """Those that may be sent; the others are closed with their reason."""
    if person is None or person.email is None:
        message_rows.close(session, [each.id for each in due], state="left_out", why="no_address", now=now)
        return []
    suppressed = message_rows.suppressed(session, mark_of(key, session.shop_id, person.email))
    left_out: dict[str, list[int]] = {}
    sendable = []
    for each in due:
        is_marketing = each.kind in mails.MARKETING
        if suppressed is False or (suppressed and is_marketing):
            left_out.setdefault("unsubscribed", []).append(each.id)
        elif is_marketing and not person.takes_marketing:
            left_out.setdefault("no_consent", []).append(each.id)
        elif _is_over(session, each, program):
            left_out.setdefault("no_longer_true", []).append(each.id)
        else:
            sendable.append(each)
    for why, ids in left_out.items():
        message_rows.close(session, ids, state="left_out", why=why, now=now)
    return sendable


def _is_over(session: Session, message: Queued, program: Program) -> bool:
    """What came to nothing meanwhile is not told: a code that was used or given back, points that were taken back, and the like."""
    match message.kind:
        case "code_issued" | "code_expiring":
            row = redemptions.find(session, UUID(message.facts["redemption_id"]))
            return row is None or row.state != "issued" or row.cancelled_at is not None
        case "points_available":
            return not _points_of_order(session, message)
        case "reward_near":
            reward = program.reward(message.facts["reward_id"])
            return reward is None or _missing(session, message, reward) <= 0
        case _:
            return False


def _points_of_order(session: Session, message: Queued) -> int:
    """What the order gives its member by now."""
    for row in orders.read(session, [message.facts["order_id"]]):
        posted = msgspec.json.decode(row[3], type=dict[str, int]) if row[3] else {}
        return sum(points for key, points in posted.items() if key == f"{row[5]}:{PURCHASE}")
    return 0


def _missing(session: Session, message: Queued, reward: Reward) -> int:
    available = member_rows.available_of(session, [message.member_id]).get(message.member_id, 0)
    return reward.points_range()[0] - available


def _mail(
    session: Session, program: Program, messages: Sequence[Queued], person: Person, letters: Letters, *, now: datetime
) -> Mail:
    details = shops.details(session)
    email = person.email or ""
    token = unsubscribe_token(letters.key, session.shop_id, mark_of(letters.key, session.shop_id, email))
    parts = tuple(_part(session, each, program) for each in messages)
    return Mail(
        id=f"{session.shop_id}.{messages[-1].id}",
        to=email,
        sender_name=program.messages.sender_name or details.name,
        reply_to=program.messages.reply_to,
        language=language_of(person.locale or details.locale),
        timezone=details.timezone,
        currency=details.currency,
        program=program,
        parts=parts,
        store_url=f"https://{details.primary_host}",
        unsubscribe_url=f"{letters.app_url}{UNSUBSCRIBE_PATH}?t={token}",
        is_marketing=any(each.kind in mails.MARKETING for each in messages),
        at=now,
    )


def _part(session: Session, message: Queued, program: Program) -> MailPart:
    facts = dict(message.facts)
    if message.kind == "points_available":
        facts["points"] = _points_of_order(session, message)
    reward = program.reward(facts["reward_id"]) if message.kind == "reward_near" else None
    if reward is not None:
        facts["points"] = _missing(session, message, reward)
    if "redemption_id" in facts:
        row = redemptions.find(session, UUID(facts["redemption_id"]))
        if row is not None:
            facts |= {"code": row.code, "kind": row.kind, "title": row.title, "reward_id": row.reward_id}
            facts |= {"date": row.ends_at.isoformat()}
            facts |= {"value": None if row.value is None else str(row.value), "currency": row.currency}
    return MailPart(kind=message.kind, facts=facts)
