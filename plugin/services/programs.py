"""Program versions: which one was in force when, and publishing the next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, shops
from plugin.db import expiry as expiry_rows
from plugin.db import programs as program_rows
from plugin.db.tables import ProgramVersion
from plugin.loyalty.days import zone_of
from plugin.loyalty.errors import VersionConflict
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.rules import CompiledProgram
from plugin.services import changelog, effects
from plugin.services.effects import Kind

MEMBERS = "members"
"""The subject of the one Kind.MEMBER_STATE effect a shop has: whoever differs from what Shopify was told is told of."""
LEAFLET = "leaflet"
"""The subject of the one Kind.SHOW_PROGRAM effect a shop has: the store's own pages say what the program says."""


@dataclass(frozen=True, slots=True)
class Versions:
    """A shop's program versions by the instant they came into force (ascending)."""

    shop_id: int
    numbers: tuple[int, ...]
    published_at: tuple[datetime, ...]
    timezone: str = "UTC"
    live: tuple[bool, ...] = ()
    counts_from: tuple[datetime | None, ...] = ()
    changes_expiry: tuple[bool, ...] = ()

    def in_force_at(self, instant: datetime) -> int | None:
        """The number of the version in force then; None before the first."""
        index = bisect_right(self.published_at, instant)
        return self.numbers[index - 1] if index else None

    def judging(self, instant: datetime, *, settled_by: int | None = None) -> int | None:
        """The version that judges an order placed then: the one that settled it before, else the one in force then.

        Of a time before the program was live at all: the first version whose launch reaches back so far.
        """
        version = settled_by or self.in_force_at(instant)
        if not any(self.counts_from) or (version is not None and self.live[self.numbers.index(version)]):
            return version
        first_live_at = next((at for at, is_live in zip(self.published_at, self.live, strict=True) if is_live), instant)
        if instant >= first_live_at:
            return version
        launches = zip(self.numbers, self.live, self.counts_from, strict=True)
        return next(
            (number for number, is_live, at in launches if is_live and at is not None and at <= instant), version
        )

    def expiry_changes_after(self, version: int) -> tuple[int, ...]:
        """The versions after that one which changed when points lapse, ascending."""
        changes = zip(self.numbers, self.changes_expiry, strict=False)
        return tuple(number for number, has_changed in changes if has_changed and number > version)

    def instant_of(self, version: int) -> datetime:
        """When a known version came into force."""
        return self.published_at[self.numbers.index(version)]


def versions(session: Session) -> Versions:
    """All versions of the session's shop."""
    rows = program_rows.versions(session)
    numbers, published_at, live, counts_from, changes_expiry, timezones = zip(*rows, strict=True) if rows else ((),) * 6
    timezone = (timezones[0] if timezones else None) or "UTC"
    known = Versions(session.shop_id, numbers, published_at, timezone, live, counts_from, changes_expiry)
    session.info[_READ] = known
    return known


def known(session: Session) -> Versions:
    """All versions; read once in a transaction."""
    found: Versions | None = session.info.get(_READ)
    return found if found is not None else versions(session)


def ever_had(session: Session, part: str) -> bool:
    """True when some version of the shop has something in that list of the document ("actions"). Looked up once for each newest version.

    Who takes back by the rule that gave cannot ask the live version alone. Reads nothing when this transaction knows the versions.
    """
    all_of_them = known(session)
    if not all_of_them.numbers:
        return False
    key = (session.shop_id, part, all_of_them.numbers[-1], all_of_them.published_at[-1])
    found = _ever_had.get(key)
    if found is None:
        found = _ever_had[key] = program_rows.is_any_with(session, part)
        while len(_ever_had) > _EVER_HAD_MAX:
            del _ever_had[next(iter(_ever_had))]
    return found


def compiled(session: Session, known: Versions, version: int) -> CompiledProgram:
    """One of the known versions, ready to evaluate. Versions never change, so each is read and compiled once a process."""
    changes = known.expiry_changes_after(version)
    key = (known.shop_id, version, known.instant_of(version), known.timezone, changes)
    program = _compiled.get(key)
    if program is None:
        later = tuple((known.instant_of(n), compiled(session, known, n).program.lapse) for n in changes)
        row = program_rows.version(session, version)
        program = _compiled[key] = CompiledProgram(
            parse(row.document), version, zone=zone_of(known.timezone), later_expiry=later
        )
        while len(_compiled) > _COMPILED_MAX:
            del _compiled[next(iter(_compiled))]
    if not program.program.is_live and program.program.launch.test_tag is not None and session.info.get(_TESTS):
        return _opened(program, key)
    return program


def show_to_tester(session: Session) -> None:
    """For the rest of this transaction, which serves one customer who tests the program, it is live."""
    session.info[_TESTS] = True


def test_tag(session: Session) -> str | None:
    """The tag of customers who try the program out; None while nobody does: there is no tag, or the program is live for all."""
    program = current(session).program
    return None if program.is_live else program.launch.test_tag


def _opened(program: CompiledProgram, key: tuple[int, int, datetime, str, tuple[int, ...]]) -> CompiledProgram:
    """The version as testers have it: live."""
    opened = _opened_for_testers.get(key)
    if opened is None:
        document = program.program.model_copy(update={"is_live": True})
        opened = _opened_for_testers[key] = CompiledProgram(
            document, program.version, zone=program.zone, later_expiry=program.later_expiry
        )
        while len(_opened_for_testers) > _COMPILED_MAX:
            del _opened_for_testers[next(iter(_opened_for_testers))]
    return opened


def look_once(session: Session) -> None:
    """Keep the live version as it was first seen: for a transaction that only looks, and need not read it again."""
    session.info[_LOOKS_ONCE] = True


def current(session: Session) -> CompiledProgram:
    """The version that is live now."""
    all_of_them = known(session) if session.info.get(_LOOKS_ONCE) else versions(session)
    return compiled(session, all_of_them, all_of_them.numbers[-1])


def publish(session: Session, program: Program, *, by: str, now: datetime, based_on: int | None = None) -> int:
    """Make the next version live from this second on. Raises VersionConflict when `based_on` is not the live one."""
    shops.lock(session)
    known = versions(session)
    latest = known.numbers[-1] if known.numbers else 0
    if based_on is not None and based_on != latest:
        raise VersionConflict(asked=based_on, current=latest)
    at = now.replace(microsecond=0)  # Shopify tells the times of orders in whole seconds
    if known.published_at:
        at = max(at, known.published_at[-1])
    changes_expiry = bool(latest) and compiled(session, known, latest).program.lapse != program.lapse
    session.add(
        ProgramVersion(
            shop_id=session.shop_id,
            version=latest + 1,
            document=dump(program),
            published_at=at,
            published_by=by,
            is_live=program.is_live,
            counts_from=program.launch.counts_from,
            changes_expiry=changes_expiry,
        )
    )
    session.flush()
    was_live = bool(known.live) and known.live[-1]
    deed = "published" if program.is_live == was_live else "launched" if program.is_live else "switched_off"
    changelog.note(session, by=by, deed=f"program.{deed}", subject=str(latest + 1), now=now)
    if changes_expiry:  # what stands is given its new dates in batches
        expiry_rows.begin_redating(session, latest + 1, published_at=at)
        effects.request(session, Kind.REDATE, str(latest + 1), now=now)
    if _reaches_back(known, program):
        effects.request(session, Kind.LAUNCH, str(latest + 1), now=now)
    if _has_standings(program) or (latest and _has_standings(compiled(session, known, latest).program)):
        effects.request(session, Kind.TIERS, "round", now=now)
    effects.request(session, Kind.SHOW_PROGRAM, LEAFLET, now=now)
    if program.is_live and program.tiers.at_shopify.metafields:
        effects.request(session, Kind.MEMBER_STATE, MEMBERS, now=now)
    shops.confirm_currency(session)
    session.info.pop(_READ, None)
    return latest + 1


def _has_standings(program: Program) -> bool:
    return program.tiers.is_on or bool(program.membership.plans)


def _reaches_back(known: Versions, program: Program) -> bool:
    """True when the program has past orders count that no live version before it did."""
    since = program.launch.counts_from
    if not program.is_live or since is None:
        return False
    launched = zip(known.live, known.counts_from, strict=True)
    return not any(was_live and at is not None and at <= since for was_live, at in launched)


def try_out(session: Session, program: Program, *, now: datetime) -> int:
    """A version for as long as this transaction, which must not commit.

    It comes into force a millionth of a second after a whole one, as no published version does: what processes remember of
    versions by number and instant never takes one for the other.
    """
    shops.lock(session)
    number = versions(session).numbers[-1] + 1
    session.add(
        ProgramVersion(
            shop_id=session.shop_id,
            version=number,
            document=dump(program),
            published_at=now.replace(microsecond=1),
            published_by="dry run",
            is_live=program.is_live,
            counts_from=program.launch.counts_from,
            changes_expiry=False,
        )
    )
    session.flush()
    session.info.pop(_READ, None)
    return number


_READ = "program versions"
_LOOKS_ONCE = "looks once"
_TESTS = "shown to a tester"
_EVER_HAD_MAX = 10_000
_ever_had: dict[tuple[int, str, int, datetime], bool] = {}
_COMPILED_MAX = 256
_compiled: dict[tuple[int, int, datetime, str, tuple[int, ...]], CompiledProgram] = {}
_opened_for_testers: dict[tuple[int, int, datetime, str, tuple[int, ...]], CompiledProgram] = {}
