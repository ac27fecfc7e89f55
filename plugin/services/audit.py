"""The proof of the books: balances and lots are rebuilt from the entries in SQL, in one snapshot, and compared with what stands.

A shop whose books do not add up stops spending, not earning, until a later audit passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from plugin.clock import stopwatch_seconds
from plugin.db import Database, Session, proof, shops
from plugin.db.proof import CHECKS
from plugin.db.tables import AuditRow

__all__ = ["CHECKS", "Audited", "last", "prove", "run"]

FINDINGS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Audited:
    """The result: how much was checked, and for each check that failed up to 20 places where."""

    entries: int
    members: int
    findings: dict[str, list[list[Any]]]

    @property
    def is_ok(self) -> bool:
        """True when every check passed."""
        return not self.findings


def prove(session: Session) -> Audited:
    """Run every check in the session's snapshot; writes nothing."""
    findings: dict[str, list[list[Any]]] = {}
    for check in CHECKS:
        if places := proof.places(session, check):
            findings[check] = [[str(value) for value in place] for place in places[:FINDINGS_SHOWN]]
    entries, members = proof.count(session)
    return Audited(entries, members, findings)


def run(database: Database, shop_id: int, *, now: datetime) -> Audited:
    """Prove one shop's books and record it; stop its spending when they do not add up, and let it go on when they do again."""
    began = stopwatch_seconds()
    with database.transaction(shop_id, is_snapshot=True) as session:
        result = prove(session)
    finished_at = now + timedelta(seconds=stopwatch_seconds() - began)
    with database.transaction(shop_id) as session:
        proof.record(
            session,
            entries=result.entries,
            members=result.members,
            findings=result.findings,
            started_at=now,
            finished_at=finished_at,
        )
        details = shops.find_details(session)
        if details is not None:
            details.spending_stopped_at = None if result.is_ok else (details.spending_stopped_at or now)
    return result


def last(session: Session) -> AuditRow | None:
    """The newest audit of the shop."""
    return proof.last(session)
