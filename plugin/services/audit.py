"""The proof of the books: balances and lots are rebuilt from the entries in SQL, in one snapshot, and compared with what stands.

A shop whose books do not add up stops spending, not earning, until a later audit passes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, Final

from plugin.clock import stopwatch_seconds
from plugin.db import Database, Session, proof, shops
from plugin.db.proof import CHECKS
from plugin.db.tables import AuditRow

__all__ = ["CHECKS", "Audited", "last", "prove", "run"]

FINDINGS_SHOWN: Final = 20
PROVERS: Final = 2


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


def prove(database: Database, shop_id: int) -> Audited:
    """Run every check, two at a time, all in one snapshot; writes nothing."""
    with database.transaction(shop_id, is_snapshot=True) as session:
        entries, members = proof.count(session)
        checks = SimpleQueue[str]()
        for check in proof.SLOWEST_FIRST:
            checks.put(check)
        snapshot = proof.shared_snapshot(session)
        with ThreadPoolExecutor(PROVERS) as pool:
            proving = [pool.submit(_prove, database, shop_id, snapshot, checks) for _ in range(PROVERS)]
        findings = {check: found for one in proving for check, found in one.result().items()}
    return Audited(entries, members, {check: findings[check] for check in CHECKS if check in findings})


def _prove(database: Database, shop_id: int, snapshot: str, checks: SimpleQueue[str]) -> dict[str, list[list[Any]]]:
    findings = {}
    with database.transaction(shop_id, is_snapshot=True, snapshot=snapshot) as session, suppress(Empty):
        while check := checks.get_nowait():
            if places := proof.places(session, check):
                findings[check] = [[str(value) for value in place] for place in places[:FINDINGS_SHOWN]]
    return findings


def run(database: Database, shop_id: int, *, now: datetime) -> Audited:
    """Prove one shop's books and record it; stop its spending when they do not add up, and let it go on when they do again."""
    began = stopwatch_seconds()
    result = prove(database, shop_id)
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
