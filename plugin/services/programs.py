"""Program versions: which one was in force when, and publishing the next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from plugin.db import Session, shops
from plugin.db import programs as program_rows
from plugin.db.tables import ProgramVersion
from plugin.loyalty.errors import VersionConflict
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.rules import CompiledProgram


@dataclass(frozen=True, slots=True)
class Versions:
    """A shop's program versions by the instant they came into force (ascending)."""

    shop_id: int
    numbers: tuple[int, ...]
    published_at: tuple[datetime, ...]

    def in_force_at(self, instant: datetime) -> int | None:
        """The number of the version in force then; None before the first."""
        index = bisect_right(self.published_at, instant)
        return self.numbers[index - 1] if index else None


def versions(session: Session) -> Versions:
    """All versions of the session's shop."""
    rows = program_rows.versions(session)
    return Versions(session.shop_id, tuple(number for number, _ in rows), tuple(at for _, at in rows))


def compiled(session: Session, known: Versions, version: int) -> CompiledProgram:
    """One of the known versions, ready to evaluate. Versions never change, so each is read and compiled once a process."""
    key = (known.shop_id, version, known.published_at[known.numbers.index(version)])
    program = _compiled.get(key)
    if program is None:
        row = program_rows.version(session, version)
        program = _compiled[key] = CompiledProgram(parse(row.document), version)
        while len(_compiled) > _COMPILED_MAX:
            del _compiled[next(iter(_compiled))]
    return program


def current(session: Session) -> CompiledProgram:
    """The version that is live now."""
    known = versions(session)
    return compiled(session, known, known.numbers[-1])


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
    session.add(
        ProgramVersion(
            shop_id=session.shop_id, version=latest + 1, document=dump(program), published_at=at, published_by=by
        )
    )
    session.flush()
    return latest + 1


_COMPILED_MAX = 256
_compiled: dict[tuple[int, int, datetime], CompiledProgram] = {}
