"""Stories of people who try to be paid for nothing, and of people who only look like it: tests/scenarios/referrals."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.db import Database
from plugin.loyalty.ledger import Reason
from tests.scenarios.stage import Theatre
from tests.scenarios.tables import Table

STORIES = Path(__file__).parent / "referrals"
BONUS = (int(Reason.REFERRAL), int(Reason.REFERRED), int(Reason.REFERRAL_UNDONE))

PAID = """
SELECT coalesce(sum(CASE WHEN move IN (1, 2) THEN points ELSE -points END), 0)::bigint FROM entries
WHERE shop_id = %s AND reason = ANY(%s) AND move IN (1, 2, 8, 9, 10)
"""


@pytest.fixture(scope="module")
def theatre(database: Database) -> Theatre:
    return Theatre(database)


def paid(theatre: Theatre, shop_id: int) -> int:
    """Points that stand for referrals, in the whole shop."""
    with theatre.world.database.transaction(shop_id) as session:
        [(points,)] = session.sql(PAID, shop_id, list(BONUS))
    return int(points)


@pytest.mark.parametrize("path", sorted(STORIES.glob("fraud-*.txt")), ids=lambda path: path.stem)
def test_who_cheats_is_paid_nothing(path: Path, theatre: Theatre) -> None:
    table = Table.read(path)

    story = theatre.play(table)

    assert paid(theatre, story.shop_id) == 0


@pytest.mark.parametrize("path", sorted(STORIES.glob("honest-*.txt")), ids=lambda path: path.stem)
def test_who_is_honest_is_paid_in_full(path: Path, theatre: Theatre) -> None:
    table = Table.read(path)

    story = theatre.play(table)

    referred = story.api("GET", "/referrals?state=rewarded&limit=100")
    assert referred
    assert paid(theatre, story.shop_id) == 170 * len(referred)


def test_there_are_thirty_ways_to_cheat_and_ten_to_be_honest() -> None:
    kinds = [path.stem.partition("-")[0] for path in STORIES.glob("*.txt")]

    assert kinds.count("fraud") >= 30
    assert kinds.count("honest") >= 10
