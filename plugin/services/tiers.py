"""Tiers: who has which when. Terms are counted again from what members did whenever that changes, and stored to be looked up.

What an order counts (`order_worths`) does not depend on its member's tier, so counting needs no second round: settling an order again
because its tier changed changes no worth, hence no term, hence asks for nothing more. Members are locked before they are counted.
Everything here returns at once, without a statement, where no version of the program has levels or memberships.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from plugin.db import Session, journal
from plugin.db import members as member_rows
from plugin.db import tiers as tier_rows
from plugin.db.tables import TierPin
from plugin.db.tiers import TermRow, Worth
from plugin.loyalty import memberships as plans
from plugin.loyalty import tiers as rules
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import TierNotPinned, TierPinOver, TierUnknown
from plugin.loyalty.ledger import Reason
from plugin.loyalty.memberships import Run
from plugin.loyalty.program import Level, Membership, Plan, Tiers
from plugin.loyalty.program.tiers import Metric
from plugin.loyalty.rules import CompiledProgram, net_of
from plugin.loyalty.tiers import Era, Event, Events, Hold, Progress, Term
from plugin.services import balances, blocks, effects, memberships, perks, programs, standing_gifts, tellings
from plugin.services.aftermath import Happened
from plugin.services.effects import Kind
from plugin.services.judgement import Judged
from plugin.services.keys import Keys
from plugin.services.programs import Versions

EARNINGS: Final = (Reason.ACTION, Reason.ACHIEVEMENT, Reason.REFERRAL, Reason.REFERRED, Reason.PARTNER)
"""Points that count where points are the metric, besides those of orders; what staff give and what lapses never does."""

UNDONE: Final = (
    Reason.ACTION_UNDONE,
    Reason.ACHIEVEMENT_UNDONE,
    Reason.REFERRAL_UNDONE,
    Reason.PARTNER_UNDONE,
)
ROUND: Final = "round"
"""The subject of the one Kind.TIERS effect a shop has: everybody is counted again, in batches."""


@dataclass(frozen=True, slots=True)
class Known:
    """Every tier program the shop ever published, as far as it matters now. `mark` is the version that last changed tiers or plans."""

    eras: tuple[Era, ...]
    version: int
    mark: int
    membership: Membership
    has_levels: bool
    has_plans: bool
    has_perks: bool
    zone: ZoneInfo

    @property
    def is_on(self) -> bool:
        """True when some version has levels or sells memberships: what was earned under it may still change."""
        return self.has_levels or self.has_plans

    @property
    def tiers(self) -> Tiers:
        """The tier program that is live."""
        return self.eras[-1].tiers if self.eras else Tiers()

    @property
    def metrics(self) -> set[Metric]:
        """What counts under any of them."""
        return {era.tiers.metric for era in self.eras if era.tiers.levels}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: their level, since and until when and why, the way to the next, and the membership that runs."""

    level: Level | None
    since: datetime | None
    until: datetime | None
    reason: str | None
    progress: Progress
    run: Run | None
    plan: Plan | None
    history: tuple[Term, ...]


def at(session: Session, pairs: Collection[tuple[int, datetime]]) -> dict[tuple[int, datetime], str | None]:
    """The tier each member had at the instant beside them: an order's tier is that at its `processed_at`."""
    known = read(session)
    if not known.has_levels or not pairs:
        return dict.fromkeys(pairs)
    terms = _stored(session, {member_id for member_id, _ in pairs})
    return {
        (member_id, instant): rules.tier_at(known.eras, terms.get(member_id, ()), instant)
        for member_id, instant in pairs
    }


def of(session: Session, member_id: int, now: datetime) -> str | None:
    """The tier that member has now, by all that happened up to this instant."""
    instant = now + rules.JUST_AFTER
    return at(session, [(member_id, instant)])[member_id, instant]


def read(session: Session) -> Known:
    """The shop's tier programs; read once for each newest version and kept in this process."""
    versions = programs.known(session)
    if not versions.numbers:
        return _NONE
    key = (session.shop_id, versions.numbers[-1], versions.published_at[-1], versions.timezone)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _read(session, versions.numbers[-1], versions.timezone)
        while len(_known) > _KNOWN_MAX:
            del _known[next(iter(_known))]
    return found


def count(session: Session, orders: Mapping[int, Judged], versions: Versions, *, now: datetime) -> None:
    """Before orders are judged: write what they are worth and sold, and count their members' tiers again.

    So every order of one settlement finds the tier that those before it gave. Other orders whose tier changed are settled again later.
    """
    known = read(session)
    if not known.is_on:
        return
    changed = memberships.note(session, orders.values(), versions) if known.has_plans else set()
    changed |= _note_worths(session, orders, versions) if known.has_levels else set()
    recount(session, changed, now=now, besides=orders.keys())


def recount(session: Session, member_ids: Iterable[int], *, now: datetime, besides: Collection[int] = ()) -> None:
    """Count these members' terms and gifts again; orders whose tier is another now (not `besides`) will be settled again."""
    known, ids = read(session), sorted(set(member_ids))
    if not known.is_on or not ids:
        return
    journal.lock(session, ids, lots=False)
    runs = memberships.runs_of(session, ids, known.zone) if known.has_plans else {}
    terms: dict[int, list[Term]] = {}
    if known.has_levels:
        terms = _recount_terms(session, known, ids, runs, now=now, besides=besides)
        tier_rows.note_counted(session, ids, version=known.mark)
    if known.has_perks:
        live = perks.Live(known.tiers, known.membership, known.version, known.zone)
        perks.wish(session, live, ids, terms, runs, now=now)


def follow(session: Session, happened: Happened, keys: Keys, now: datetime) -> None:
    """After points or orders changed: count whom it concerns if that is what counts, and give or take back gifts."""
    known = read(session)
    if not known.is_on:
        return
    ids = happened.concerned()
    if known.metrics & {"points", "referrals"}:
        recount(session, ids, now=now)
    standing_gifts.carry_out(session, ids, keys=keys, now=now)


def pin(
    session: Session,
    member_id: int,
    tier: str | None,
    *,
    until: datetime | None,
    words: str,
    author: str,
    keys: Keys,
    now: datetime,
) -> None:
    """Staff set a member's tier, up or down, until an instant or until it is taken off. Raises TierUnknown, TierPinOver."""
    known = read(session)
    if tier is not None and known.tiers.level(tier) is None:
        raise TierUnknown(tier=tier)
    if until is not None and until <= now:
        raise TierPinOver(until=until.isoformat())
    tier_rows.end_pins(session, member_id, now=now)
    row = TierPin(
        shop_id=session.shop_id,
        member_id=member_id,
        tier=tier,
        is_floor=False,
        since=now,
        until=until,
        author=author,
        words=words,
    )
    tier_rows.add_pin(session, row)
    _changed(session, member_id, keys, now)


def unpin(session: Session, member_id: int, *, keys: Keys, now: datetime) -> None:
    """The member's tier is what they earn again. Raises TierNotPinned."""
    if not tier_rows.end_pins(session, member_id, now=now):
        raise TierNotPinned(member_id=member_id)
    _changed(session, member_id, keys, now)


def standing(session: Session, member_id: int, *, now: datetime) -> Standing:
    """Where a member stands now."""
    known = read(session)
    if not known.is_on:
        return _NOWHERE
    instant = now + rules.JUST_AFTER
    terms = _stored(session, [member_id]).get(member_id, ()) if known.has_levels else ()
    tier = rules.tier_at(known.eras, terms, instant)
    term = next((term for term in terms if term.holds_at(instant)), None)
    events: Events = events_of(session, known, [member_id], now=now)[member_id] if known.tiers.levels else {}
    counted = rules.progress(known.tiers, events.get(known.tiers.metric, ()), known.zone, tier=tier, now=now)
    runs = memberships.runs_of(session, [member_id], known.zone).get(member_id, []) if known.has_plans else []
    run = plans.running(runs, instant)
    return Standing(
        known.tiers.level(tier),
        term.since if term is not None else None,
        term.until if term is not None else None,
        term.reason if term is not None else None,
        counted,
        run,
        known.membership.plan(run.plan) if run is not None else None,
        tuple(term for term in terms if term.since <= instant),
    )


def standing_if_any(session: Session, member_id: int, *, now: datetime) -> Standing | None:
    """As `standing`; None, and nothing read, in a shop without tiers and memberships."""
    return standing(session, member_id, now=now) if read(session).is_on else None


def merge(session: Session, *, lost: int, kept: int, now: datetime) -> None:
    """Two members became one: everything counts together, and they stay at the better of both tiers until its end date."""
    known = read(session)
    if not known.is_on:
        return
    terms = _stored(session, [lost, kept])
    active = [term for found in terms.values() for term in found if term.holds_at(now + rules.JUST_AFTER)]
    better = max(active, key=lambda term: known.tiers.rank(term.tier), default=None)
    tier_rows.merge(session, lost=lost, kept=kept)
    if better is not None:
        floor = TierPin(
            shop_id=session.shop_id,
            member_id=kept,
            tier=better.tier,
            is_floor=True,
            since=now,
            until=better.until,
            author="",
            words="",
        )
        tier_rows.add_pin(session, floor)
    recount(session, [kept], now=now)
    request_round(session, now=now)


def request_round(session: Session, *, now: datetime) -> None:
    """Have everybody counted who is not, and every gift given that is due."""
    effects.request(session, Kind.TIERS, ROUND, now=now)


def events_of(
    session: Session,
    known: Known,
    member_ids: Sequence[int],
    *,
    now: datetime,
    metrics: Collection[Metric] | None = None,
) -> dict[int, Events]:
    """What counts for each of these members, by metric: those of the shop's programs, or `metrics`."""
    asked = known.metrics if metrics is None else metrics
    found: dict[int, dict[Metric, list[Event]]] = {
        member_id: {metric: [] for metric in asked} for member_id in member_ids
    }
    for worth in tier_rows.worths_of(session, member_ids):
        of_member = found[worth.member_id]
        for metric, amount in _counts(worth):
            if metric in of_member and amount:
                of_member[metric].append(Event(worth.placed_at, worth.order_id, amount))
    if "points" in asked:
        for member_id, when, seq, points in tier_rows.earnings_of(session, member_ids, gains=EARNINGS, losses=UNDONE):
            if points > 0:
                found[member_id]["points"].append(Event(when, -seq, Decimal(points)))
        for of_member in found.values():
            of_member["points"].sort()
    if "referrals" in asked:
        for member_id, when, order_id in tier_rows.friends_of(session, member_ids, now=now):
            found[member_id]["referrals"].append(Event(when, order_id, Decimal(1)))
    return dict(found)


def holds_of(session: Session, member_ids: Sequence[int], runs: Mapping[int, Sequence[Run]]) -> dict[int, list[Hold]]:
    """Pins, floors and memberships of these members."""
    found: dict[int, list[Hold]] = {member_id: plans.holds(runs.get(member_id, ())) for member_id in member_ids}
    for row in tier_rows.pins_of(session, member_ids):
        if row.until is None or row.until > row.since:
            found[row.member_id].append(Hold(row.tier, row.since, row.until, row.is_floor, "pinned"))
    return found


_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_KNOWN_MAX: Final = 256
_known: dict[tuple[int, int, datetime, str], Known] = {}
_NONE: Final = Known((), 0, 0, Membership(), has_levels=False, has_plans=False, has_perks=False, zone=ZoneInfo("UTC"))
_NOWHERE: Final = Standing(None, None, None, None, Progress(Decimal(0), None, Decimal(0), None), None, None, ())


def _read(session: Session, version: int, timezone: str) -> Known:
    eras: list[Era] = []
    membership = Membership()
    mark = 0
    has_plans = has_perks = False
    for number, published_at, tiers, sold in tier_rows.parts(session):
        found = Tiers.model_validate(tiers or {})
        before, membership = membership, Membership.model_validate(sold or {})
        has_plans = has_plans or bool(membership.plans)
        has_perks = has_perks or any(level.recurring for level in found.levels)
        has_perks = has_perks or any(plan.recurring for plan in membership.plans)
        if not eras or eras[-1].tiers != found:
            if eras and eras[-1].since == published_at:
                eras.pop()
            eras.append(Era(published_at, number, found))
            mark = number
        mark = number if membership != before else mark
    has_levels = any(era.tiers.levels for era in eras)
    return Known(tuple(eras), version, mark, membership, has_levels, has_plans, has_perks, zone_of(timezone))


def _note_worths(session: Session, orders: Mapping[int, Judged], versions: Versions) -> set[int]:
    """Write what these orders count; the members for whom that is something new, and those who lost an order."""
    before = tier_rows.worths(session, list(orders))
    ready = [(order, program) for order in orders.values() if (program := _ready(session, order, versions)) is not None]
    waiting = [order.member_id for order, program in ready if program.program.only_joined and order.member_id]
    joined = member_rows.joined_at(session, waiting) if waiting else {}
    blocked = blocks.of(session, [order.member_id for order, _ in ready])
    fresh: list[Worth] = []
    changed: set[int] = set()
    for order, program in ready:
        body, known = order.facts.body, before.get(order.id)
        owner = order.member_id or (known.member_id if known is not None else None)
        if body is None or owner is None:
            continue
        net = net_of(program, order.facts, order.pins) if order.member_id is not None else Decimal(0)
        if program.program.only_joined and joined.get(owner, _NEVER) > body.processed_at:
            net = Decimal(0)
        if blocked.stop(owner, body.processed_at):
            net = Decimal(0)
        worth = Worth(order.id, owner, body.processed_at, net, program.points_for(net))
        if worth != known:
            fresh.append(worth)
            changed |= {worth.member_id} | ({known.member_id} if known is not None else set())
    tier_rows.save_worths(session, fresh)
    return changed


def _ready(session: Session, order: Judged, versions: Versions) -> CompiledProgram | None:
    """The version that judges the order, if there is one and all it asks for was looked up."""
    body = order.facts.body
    version = versions.judging(body.processed_at, settled_by=order.version) if body is not None else None
    if version is None or body is None:
        return None
    program = programs.compiled(session, versions, version)
    is_waiting = program.needs and order.facts.is_paid and not program.needs.are_met(order.pins, body)
    return None if is_waiting else program


def _recount_terms(
    session: Session,
    known: Known,
    ids: Sequence[int],
    runs: Mapping[int, Sequence[Run]],
    *,
    now: datetime,
    besides: Collection[int],
) -> dict[int, list[Term]]:
    events, holds = events_of(session, known, ids, now=now), holds_of(session, ids, runs)
    before = _stored(session, ids)
    counted: dict[int, list[Term]] = {}
    gifts: list[tuple[int, str, int, int]] = []
    versions = programs.known(session)
    for member_id in ids:
        steps = rules.course(known.eras, events[member_id], known.zone)
        counted[member_id] = rules.terms(known.eras, steps, holds[member_id])
        for entry in rules.entries(known.eras, steps):
            if entry.level.entry_points or entry.level.entry_rewards:
                version = versions.in_force_at(entry.at) or entry.version
                gifts.append((member_id, entry.name, version, entry.rank))
    changed = [member_id for member_id in ids if counted[member_id] != before.get(member_id, [])]
    if changed:
        rows = [
            TermRow(member_id, term.since, term.until, term.tier, term.reason)
            for member_id in changed
            for term in counted[member_id]
        ]
        tier_rows.replace_terms(session, changed, rows)
        for member_id in changed:
            tellings.risen(session, known, member_id, before.get(member_id, ()), counted[member_id], now=now)
        _settle_again(session, known, before, {m: counted[m] for m in changed}, now=now, besides=besides)
    if any(level.entry_points or level.entry_rewards for era in known.eras for level in era.tiers.levels):
        tier_rows.wish(session, gifts, members=ids, prefix=standing_gifts.ENTRY)
    return counted


def _settle_again(
    session: Session,
    known: Known,
    before: Mapping[int, Sequence[Term]],
    counted: Mapping[int, Sequence[Term]],
    *,
    now: datetime,
    besides: Collection[int],
) -> None:
    """Ask for the settlement of every order whose member had another tier when it was placed than was thought."""
    since = [
        (member_id, first)
        for member_id, terms in counted.items()
        if (first := rules.changed_from(before.get(member_id, ()), terms)) is not None
    ]
    for order_id, member_id, placed_at in tier_rows.orders_from(session, since) if since else ():
        was = rules.tier_at(known.eras, before.get(member_id, ()), placed_at)
        if order_id not in besides and was != rules.tier_at(known.eras, counted[member_id], placed_at):
            effects.request(session, Kind.SETTLE_AGAIN, str(order_id), now=now)


def _counts(worth: Worth) -> tuple[tuple[Metric, Decimal], ...]:
    return ("spend", worth.spend), ("points", Decimal(worth.points)), ("orders", Decimal(bool(worth.spend)))


def _stored(session: Session, member_ids: Iterable[int]) -> dict[int, list[Term]]:
    found: dict[int, list[Term]] = {}
    for row in tier_rows.terms_of(session, sorted(member_ids)):
        found.setdefault(row.member_id, []).append(Term(row.tier, row.since, row.until, row.reason))  # type: ignore[arg-type]
    return found


def _changed(session: Session, member_id: int, keys: Keys, now: datetime) -> None:
    recount(session, [member_id], now=now)
    standing_gifts.carry_out(session, [member_id], keys=keys, now=now)
    balances.ask(session, now=now)
