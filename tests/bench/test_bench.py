"""The bench measures the program itself: its lines come out, and what pgbench repeats leaves books that add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench import books, draining, holding, listing, pgbench, rehearsing, stage, table
from bench.run import Run, Size
from plugin import embedded
from plugin.services import audit

TINY = Size("tiny", 1, 1.0, 60, 60, 1, 1, 60, 20, 0, 20, 60)


@pytest.fixture
def run(servers: embedded.Running, tmp_path: Path) -> Iterator[Run]:
    """A run of next to nothing, on the servers of the session."""
    made = stage.Stage(tmp_path, servers)
    yield Run(made, TINY, 1, lambda _: None)
    made.close()


def test_the_drain_is_told_as_a_share_of_copy(run: Run) -> None:
    rows = draining.measure(run)

    page = table.markdown(rows)

    assert [row.measure for row in rows] == ["drain, orders/s", "drain with a rich program, orders/s"]
    assert rows[0].ratio.endswith("%")
    assert "| drain, orders/s |" in page


def test_pgbench_repeats_the_hold_of_the_program_and_the_books_add_up(run: Run) -> None:
    database = run.stage.database()
    shop = stage.add_shop(database, "repeated-holds.myshopify.com")
    first = holding.wealthy(run, shop, TINY.members)
    last = first + TINY.members - 1
    said = pgbench.recorded(database, shop.id, lambda session: holding.hold(session, last))

    text = holding.hold_script(said, last, f"random({first}, {last})")
    timing = pgbench.run(
        run.stage.admin_url, text, run.stage.home / "hold.sql", clients=4, seconds=1, as_app=True, seed=1
    )

    [(redeemed, held)] = run.stage.run_sql(
        "SELECT (SELECT count(*) FROM redemptions WHERE shop_id = %s), (SELECT sum(held) FROM members WHERE shop_id = %s)",
        embedded.DATABASE,
        shop.id,
        shop.id,
    )
    assert redeemed == timing.transactions > 0
    assert held == redeemed * holding.PRICE
    assert audit.run(database, shop.id, now=holding.NOW).is_ok


def test_books_written_in_sql_pass_the_audit(run: Run) -> None:
    database = run.stage.database()
    shop = stage.add_shop(database, "written-books.myshopify.com")

    books.fill(run.stage, embedded.DATABASE, shop, members=20, entries=400)

    result = audit.run(database, shop.id, now=holding.NOW)
    assert result.is_ok
    assert (result.members, result.entries) == (20, 400)


def test_a_figure_that_is_missed_says_so() -> None:
    row = table.at_least("intake", 250.0, 100.0, 3, unit="/s", against="a peer")

    assert row.ratio == "2.5 x"
    assert row.verdict == "missed"


def test_a_rehearsal_is_timed_with_a_rich_draft_and_a_plain_one(run: Run) -> None:
    rows = rehearsing.measure(run)

    assert [row.measure for row in rows] == ["rehearsal of 60 orders", "rehearsal, one core", "rehearsal, plain draft"]
    assert rows[0].is_reached


def test_every_page_of_the_list_of_members_is_asked_for(run: Run) -> None:
    rows = listing.measure(replace(run, size=replace(run.size, listed=200)))

    assert [row.measure for row in rows] == [
        "list of 200 members, slowest page",
        "list of 200 members, slowest page, several filters",
        "list of 200 members, slowest search",
        "list of 200 members, slowest count",
    ]
    assert all(row.is_reached for row in rows[:3])
