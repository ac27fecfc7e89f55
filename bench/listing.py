"""The list of members at a million: every search, filter and sort a merchant can ask for, each page timed, the slowest one judged.

The shop is written in SQL: balances as they are in life (a quarter has nothing, few have much, some owe), orders of whoever was a
member then, tiers, lots that lapse, blocks, reviews and codes, so that every filter finds some and none finds all.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, get_args
from zoneinfo import ZoneInfo

import psycopg

from bench import books, stage, table
from bench.run import Run, interleaved
from plugin import embedded
from plugin.db import Database
from plugin.db.roster import Edge, Sort
from plugin.loyalty.people import EVERYBODY, Wanted
from plugin.services import roster

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("UTC"))
A_PAGE: Final = 25
LIMIT_MS: Final = 200.0
COUNTED: Final = (
    "everybody",
    "tier bronze",
    "tier -",
    "none for 90 days",
    "last order before 500 days",
    "at least 500",
)
"""Filters whose members are counted: the fastest, and those that take longest."""
SAID: Final = 12
"""How many of the slowest are said on the way."""

MEMBERS = """
INSERT INTO members (shop_id, customer_id, created_at, joined_at, available, pending, next_due_at, referral_code, seq)
SELECT %(shop)s, %(customer)s + n, at, CASE WHEN n %% 5 = 0 AND n < %(members)s * 8 / 10 THEN at + (n %% 200) * interval '1 day' END,
       CASE WHEN r * 1000 %% 4 < 1 THEN 0 WHEN n %% 1000 = 1 THEN -(n %% 300) ELSE floor(-ln(1 - r) * 700)::bigint END,
       n %% 60, CASE WHEN n %% 2 = 1 THEN %(now)s + (1 + n %% 700) * interval '1 day' END, 'L' || lpad(n::text, 9, '0'), 1
FROM generate_series(0, %(members)s - 1) n,
  LATERAL (SELECT (hashint8(n) & 1048575) / 1048576.0 AS r, %(now)s - (%(members)s - n) * (interval '1100 days' / %(members)s) AS at) t
"""

ORDERS = """
INSERT INTO orders (id, member_id, processed_at, settled_at, shop_id, rev, program_version, is_paid, has_referral, facts, posted, name)
SELECT %(order)s + n, %(member)s + (r * (100 + 1000.0 * n / (2 * %(members)s)) / 1100 * %(members)s)::bigint, at, at,
       %(shop)s, 1, 1, true, false, '{}'::bytea, '{}'::bytea, '#' || (1000 + n)
FROM generate_series(0, 2 * %(members)s - 1) n,
  LATERAL (SELECT (hashint8(n) & 1048575) / 1048576.0 * 0.999 AS r,
                  %(now)s - (2 * %(members)s - n) * (interval '1000 days' / (2 * %(members)s)) AS at) t
"""

LOTS = """
INSERT INTO lots (shop_id, member_id, opened_by, part, points, pending, open, expired, available_at, expires_at)
SELECT shop_id, id, 1, 0, available, 0, available, 0, created_at, next_due_at
FROM members WHERE shop_id = %(shop)s AND next_due_at IS NOT NULL AND available > 0
"""

TERMS = """
INSERT INTO tier_terms (shop_id, member_id, since, until, tier, reason)
SELECT shop_id, id, created_at, NULL, CASE WHEN id %% 100 = 0 THEN 'gold' WHEN id %% 10 = 0 THEN 'silver' ELSE 'bronze' END, 'earned'
FROM members WHERE shop_id = %(shop)s AND id %% 5 < 3
"""

PINS = """
INSERT INTO tier_pins (shop_id, member_id, tier, is_floor, since, author, words)
SELECT shop_id, id, 'gold', false, created_at, 'bench', '' FROM members WHERE shop_id = %(shop)s AND id %% 1000 = 7
"""

BLOCKS = """
INSERT INTO member_blocks (shop_id, member_id, since, author, words)
SELECT shop_id, id, created_at, 'bench', '' FROM members WHERE shop_id = %(shop)s AND id %% 500 = 3
"""

REVIEWS = """
INSERT INTO referrals (shop_id, id, advocate_id, friend_id, state, kind, minimum_spend, claimed_at, ends_at)
SELECT shop_id, gen_random_uuid(), id, id + 1, CASE WHEN id %% 2000 = 9 THEN 'review' ELSE 'holding' END, 'link', 0, created_at, created_at
FROM members WHERE shop_id = %(shop)s AND id %% 20 = 9 AND id < %(member)s + %(members)s - 1
"""

CODES = """
INSERT INTO redemptions (shop_id, id, member_id, state, reward_id, kind, title, points, currency, code, minimum_spend, combines,
                         program_version, created_at, ends_at)
SELECT shop_id, gen_random_uuid(), id, CASE WHEN id %% 60 = 11 THEN 'issued' ELSE 'used' END, 'five', 'amount_off', 'Five', 500, 'USD',
       'C' || id, 0, '', 1, created_at, %(now)s + interval '90 days'
FROM members WHERE shop_id = %(shop)s AND id %% 12 = 11
"""

EVERYTHING: Final = (ORDERS, LOTS, TERMS, PINS, BLOCKS, REVIEWS, CODES)


def measure(run: Run) -> list[table.Row]:
    """Write the shop, then ask for every page."""
    database = run.stage.database()
    shop = stage.add_shop(database, f"list-{uuid.uuid4().hex[:8]}.myshopify.com")
    fill(run, embedded.DATABASE, shop, members=run.size.listed)
    return pages(run, database, shop)


def pages(run: Run, database: Database, shop: stage.Shop) -> list[table.Row]:
    """The first page of every filter in every order, pages from the middle of the list, searches, and exact counts."""
    asked: dict[str, Callable[[int], float]] = {
        words: partial(_milliseconds, ask) for words, ask in _asked(database, shop)
    }
    for ask in asked.values():
        ask(0)
    seen = interleaved(replace(run, say=lambda _: None), asked)
    count = f"{run.size.listed:,} members"
    rows = []
    for kind in ("page", "page, several filters", "search", "count"):
        found = sorted(((ms, words) for words, ms in seen.items() if words.startswith(f"{kind}: ")), reverse=True)
        slowest, words = found[0]
        within = sum(ms <= LIMIT_MS for ms, _ in found)
        said = f"{within} of {len(found)} within it; the slowest: {words.partition(': ')[2]}"
        name = f"list of {count}, slowest {kind}"
        if kind == "count":  # only for a change of many, and then in the background
            rows.append(table.said(name, f"{slowest:,.0f} ms", said))
        else:
            rows.append(table.below(name, slowest, LIMIT_MS, unit="ms", against=said))
        for ms, each in found[:SAID]:
            run.say(f"  {ms:8.1f} ms  {each}")
    return rows


def fill(run: Run, name: str, shop: stage.Shop, *, members: int) -> None:
    """The shop's members and what filters ask of them."""
    with psycopg.connect(run.stage.url(name), autocommit=True) as connection:
        fixed = {
            "shop": shop.id,
            "members": members,
            "customer": books.FIRST_CUSTOMER,
            "order": books.FIRST_ORDER,
            "now": NOW,
        }
        connection.execute(MEMBERS, fixed)
        [(first,)] = connection.execute("SELECT min(id) FROM members WHERE shop_id = %s", [shop.id]).fetchall()
        for statement in EVERYTHING:
            connection.execute(statement.encode(), {**fixed, "member": first})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def single() -> dict[str, Wanted]:
    """Each filter alone, finding many, few and none."""
    return {
        "everybody": EVERYBODY,
        **{f"tier {tier}": Wanted(tier=tier) for tier in ("gold", "silver", "bronze", "-", "none such")},
        **{f"at least {n}": Wanted(least=n) for n in (-5, 1, 500, 5_000, 9_000, 10**9)},
        **{f"at most {n}": Wanted(most=n) for n in (-1, 0, 500, 5_000)},
        "from 500 to 510": Wanted(least=500, most=510),
        **{f"expiring in {n} days": Wanted(expiring_days=n) for n in (1, 30, 365)},
        **{f"ordered within {n} days": Wanted(active_days=n) for n in (1, 30, 365)},
        **{f"none for {n} days": Wanted(quiet_days=n) for n in (1, 90, 900)},
        **{f"last order since {n} days": Wanted(ordered_after=ago(n)) for n in (2, 500)},
        **{f"last order before {n} days": Wanted(ordered_before=ago(n)) for n in (2, 500, 990)},
        **{f"joined within {n} days": Wanted(joined_days=n) for n in (1, 30, 900)},
        **{f"joined since {n} days": Wanted(joined_after=ago(n)) for n in (0, 500)},
        **{f"joined before {n} days": Wanted(joined_before=ago(n)) for n in (1, 500, 1_095, 2_000)},
        "blocked": Wanted(states=("blocked",)),
        "pinned": Wanted(states=("pinned",)),
        "review": Wanted(states=("review",)),
        "code": Wanted(states=("code",)),
    }


def several() -> dict[str, Wanted]:
    """Filters that are asked together, also what fits nobody."""
    return {
        "gold, quiet for 180 days": Wanted(tier="gold", quiet_days=180),
        "1,000 points, quiet for a year": Wanted(least=1_000, quiet_days=365),
        "no tier, 2,000 points": Wanted(tier="-", least=2_000),
        "joined within a month, ordered before that": Wanted(joined_days=30, ordered_before=ago(31)),
        "3,000 points lapse within a month": Wanted(least=3_000, expiring_days=30),
        "blocked with a code": Wanted(states=("blocked", "code")),
        "joined two years ago, active, silver": Wanted(joined_before=ago(730), active_days=30, tier="silver"),
    }


def ago(days: int) -> date:
    """So many days before the bench's today."""
    return NOW.date() - timedelta(days=days)


def _asked(database: Database, shop: stage.Shop) -> Iterator[tuple[str, Callable[[], object]]]:
    middle = Edge(0, 400, NOW - timedelta(days=550))
    for sort in get_args(Sort):
        yield f"page: in the middle, {sort}", partial(_page, database, shop, EVERYBODY, sort, middle)
    for kind, wishes in (("page", single()), ("page, several filters", several())):
        for words, wanted in wishes.items():
            for sort in get_args(Sort):
                yield f"{kind}: {words}, {sort}", partial(_page, database, shop, wanted, sort)
            if words in COUNTED:
                yield f"count: {words}", partial(_count, database, shop, wanted)
    for words, typed in _searches():
        yield f"search: {words}", partial(_find, database, shop, typed)


def _searches() -> Iterator[tuple[str, str]]:
    yield "customer", str(books.FIRST_CUSTOMER + 17)
    yield "order's name", "#1017"
    yield "order", str(books.FIRST_ORDER + 17)
    yield "link", "L000000017"
    yield "code", "C23"
    yield "nobody", "nobody at all"


def _page(database: Database, shop: stage.Shop, wanted: Wanted, sort: Sort, after: Edge | None = None) -> object:
    with database.transaction(shop.id) as session:
        return roster.page(session, wanted, sort=sort, after=after, limit=A_PAGE, now=NOW)


def _count(database: Database, shop: stage.Shop, wanted: Wanted) -> object:
    with database.transaction(shop.id) as session:
        return roster.count(session, wanted, now=NOW)


def _find(database: Database, shop: stage.Shop, typed: str) -> object:
    with database.transaction(shop.id) as session:
        return roster.find(session, typed, now=NOW)


def _milliseconds(ask: Callable[[], object], _number: int = 0) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000
