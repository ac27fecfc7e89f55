"""The door: what Shopify signed is durable before it is answered, whatever is in it; everything else stays outside."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from jobs import Bell
from plugin import embedded
from plugin.db import Database
from plugin.db.inbox import Intake
from plugin.services.perform import World
from plugin.settings import Settings
from tests.conftest import TestShop, make_shop
from tests.shopify import bodies
from tests.webhooks.conftest import mounted
from tests.webhooks.senders import OLD_SECRET, HttpSender, Mailman, headers, signature
from tests.wires import wired
from webhooks.door import BODY_MAX, RAW_KEPT_MAX, Door
from webhooks.mount_asgi import WebhookMount

GOOD = json.dumps(bodies.order()).encode()


def rows(world: World, shop: TestShop) -> list[dict[str, Any]]:
    with world.database.transaction(shop.id) as session:
        cursor = session.raw.execute("SELECT * FROM inbox WHERE shop_id = %s ORDER BY id", (shop.id,))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "",
        "AAAA",
        signature(GOOD)[:-4],
        signature(GOOD, "the-secret-of-somebody-else"),
        signature(GOOD + b" "),
        "é" + signature(GOOD),
        signature(GOOD).encode().hex(),
    ],
)
def test_what_shopify_did_not_sign_is_refused(
    world: World, shop: TestShop, mailman: Mailman, forged: str | None
) -> None:
    status = mailman.deliver(GOOD, hmac_sha256=forged)

    assert status == 401
    assert rows(world, shop) == []


def test_the_previous_secret_still_opens_the_door(world: World, shop: TestShop, mailman: Mailman) -> None:
    status = mailman.deliver(GOOD, hmac_sha256=signature(GOOD, OLD_SECRET))

    assert status == 200
    assert [row["topic"] for row in rows(world, shop)] == ["orders/paid"]


def test_a_body_over_the_cap_is_refused_however_it_is_signed(world: World, shop: TestShop, mailman: Mailman) -> None:
    largest = GOOD + b" " * (BODY_MAX - len(GOOD))

    statuses = [mailman.deliver(largest), mailman.deliver(largest + b" ")]

    assert statuses == [200, 413]
    assert len(rows(world, shop)) == 1


def test_a_body_over_the_cap_is_cut_off_when_its_length_was_never_said(
    world: World, settings: Settings, bell: Bell, door: Door, shop: TestShop
) -> None:
    with mounted("asgi", world, settings, bell, door) as sender:
        assert isinstance(sender, HttpSender)
        place = urlsplit(sender.origin)
        with socket.create_connection((place.hostname, place.port), timeout=10) as line:
            line.sendall(b"POST /webhooks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
            try:
                for _ in range(BODY_MAX // 0x10000 + 1):
                    line.sendall(chunk)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it was cut off while we still talked
            answer = line.recv(64)

    assert answer.startswith(b"HTTP/1.1 413")
    assert rows(world, shop) == []


UNREADABLE: dict[str, bytes] = {
    "not JSON": b"id=5001&email=ann%40example.com",
    "nothing": b"",
    "cut short": GOOD[:-40],
    "not an object": b"[1, 2, 3]",
    "not UTF-8": GOOD.replace(b'"Ada"', b'"\xff\xfe"').replace(b"#1001", b"\xff\xfe"),
    "NaN": GOOD.replace(b'"id": 5001', b'"id": NaN', 1),
    "infinite money": json.dumps(bodies.order(bodies.line(1, "Infinity"))).encode(),
    "a number of 5,000 digits": GOOD.replace(b'"id": 5001', b'"id": ' + b"9" * 5000, 1),
    "a price of 5,000 digits": json.dumps(bodies.order(bodies.line(1, "9" * 5000))).encode(),
    "NUL in a text": json.dumps(bodies.order(name="#10\x0001")).encode(),
    "NUL": GOOD.replace(b"#1001", b"#10\x0001"),
    "absurd depth": GOOD.replace(b'"line_items": ', b'"line_items": ' + b"[" * 20_000 + b"]" * 20_000 + b', "x": ', 1),
    "an id over 2^63": json.dumps(bodies.order(id=2**63)).encode(),
    "a customer over 2^63": json.dumps(bodies.order(customer={"id": 2**64})).encode(),
    "an id below one": json.dumps(bodies.order(id=-1)).encode(),
    "negative money": json.dumps(bodies.order(bodies.line(1, "-10.00", price_set=bodies.money_set("-10.00")))).encode(),
    "a date nobody sells at": json.dumps(bodies.order(updated_at="9999-12-31T23:59:59Z")).encode(),
    "a currency that is none": json.dumps(bodies.order(currency="dollars")).encode(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_set_aside_with_its_reason_and_its_body_encrypted(
    world: World, shop: TestShop, mailman: Mailman, name: str
) -> None:
    body = UNREADABLE[name]

    status = mailman.deliver(body)

    assert status == 200
    [row] = rows(world, shop)
    assert row["set_aside_at"] is not None
    assert row["facts"] is None
    assert 0 < len(row["reason"]) < 120
    assert "Ada" not in row["reason"]
    assert body == b"" or body not in row["raw"]
    assert world.cipher.open(row["raw"], shop_id=shop.id, column="raw") == body


def test_an_unreadable_body_that_is_large_leaves_its_reason_only(
    world: World, shop: TestShop, mailman: Mailman
) -> None:
    kept, dropped = b"{" + b" " * (RAW_KEPT_MAX - 1), b"{" + b" " * RAW_KEPT_MAX

    statuses = [mailman.deliver(kept), mailman.deliver(dropped)]

    assert statuses == [200, 200]
    assert [row["raw"] is None for row in rows(world, shop)] == [False, True]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"shop_domain": "nobody-we-know.myshopify.com"}, "unknown_shop"),
        ({"shop_domain": "evil.example.com"}, "unknown_shop"),
        ({"shop_domain": None}, "unknown_shop"),
        ({"topic": "themes/publish"}, "unknown_topic"),
        ({"topic": None}, "unknown_topic"),
        ({"webhook_id": None}, "unknown_topic"),
    ],
)
def test_an_unknown_shop_or_topic_is_acknowledged_and_counted(
    world: World, shop: TestShop, mailman: Mailman, changes: dict[str, str | None], outcome: str
) -> None:
    before = mailman.counted(outcome)

    status = mailman.deliver(GOOD, "orders/paid", **changes)

    assert status == 200
    assert mailman.counted(outcome) == before + 1
    assert rows(world, shop) == []


def test_a_delivery_that_comes_twice_is_stored_once(world: World, shop: TestShop, mailman: Mailman) -> None:
    statuses = [mailman.deliver(GOOD, webhook_id="w-same") for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert [row["webhook_id"] for row in rows(world, shop)] == ["w-same"]


def test_the_same_webhook_id_in_another_shop_is_another_delivery(
    world: World, shop: TestShop, mailman: Mailman
) -> None:
    other = make_shop(world)

    statuses = [mailman.deliver(GOOD, webhook_id="w-shared", shop_domain=name) for name in (shop.domain, other.domain)]

    assert statuses == [200, 200]
    assert (len(rows(world, shop)), len(rows(world, other))) == (1, 1)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/paid", bodies.order(refunds=[bodies.refund(9, bodies.refund_line(1, 1, "10.00"))])),
        ("refunds/create", bodies.refund(9, bodies.refund_line(1, 1, "10.00"))),
        (
            "customers/update",
            {"id": 7001, "tags": "vip", "note": "Canary", "addresses": [bodies.PERSON]} | bodies.PERSON,
        ),
        (
            "customers/redact",
            {"shop_id": 1, "shop_domain": "x", "customer": {"id": 7001} | bodies.PERSON, "orders_to_redact": []},
        ),
        ("customers/data_request", {"shop_id": 1, "customer": {"id": 7001} | bodies.PERSON, "data_request": {"id": 3}}),
        ("orders/delete", {"id": 5001}),
    ],
)
def test_no_name_address_mail_or_phone_reaches_the_inbox(
    world: World, shop: TestShop, mailman: Mailman, topic: str, body: dict[str, Any]
) -> None:
    status = mailman.deliver(body, topic)

    assert status == 200
    [row] = rows(world, shop)
    assert row["reason"] is None
    stored = " ".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row.values()
    ).casefold()
    canaries = (
        "ada",
        "canary",
        "@example",
        "+1555",
        "ottawa",
        "k2p0v6",
        "203.0.113",
        "ring twice",
        "did not like",
        "key=secret",
    )
    assert [canary for canary in canaries if canary in stored] == []


@pytest.fixture
def picky_inbox(servers: embedded.Running, database: Database) -> Iterator[None]:
    """A table that refuses the facts of order 666: a row that does not fit although every check let it through."""
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE inbox ADD CONSTRAINT picky CHECK (facts IS NULL OR object_id <> 666) NOT VALID")
        yield
        owner.execute("ALTER TABLE inbox DROP CONSTRAINT picky")


@pytest.mark.usefixtures("picky_inbox")
def test_a_row_that_does_not_fit_is_set_aside_raw(world: World, shop: TestShop, mailman: Mailman) -> None:
    status = mailman.deliver(bodies.order(id=666))

    assert status == 200
    [row] = rows(world, shop)
    assert row["reason"] == "could not be stored"
    assert json.loads(world.cipher.open(row["raw"], shop_id=shop.id, column="raw"))["id"] == 666


@pytest.mark.usefixtures("picky_inbox")
def test_neighbours_in_one_commit_are_unharmed(world: World, shop: TestShop, bell: Bell, door: Door) -> None:
    sent = [bodies.order(id=number) for number in range(1, 11)]
    sent[3] = bodies.order(id=666)
    sent[7] = bodies.order(id=2**63)

    statuses = asyncio.run(_together(world, door, bell, shop, [json.dumps(body).encode() for body in sent]))

    assert statuses == [200] * 10
    found = rows(world, shop)
    assert sorted(row["object_id"] for row in found if row["reason"] is None) == [1, 2, 3, 5, 6, 7, 9, 10]
    assert sorted(row["object_id"] or 0 for row in found if row["reason"] is not None) == [0, 666]


def test_deliveries_that_arrive_together_are_committed_together(
    world: World, shop: TestShop, bell: Bell, door: Door
) -> None:
    sent = [json.dumps(bodies.order(id=number)).encode() for number in range(1, 41)]

    statuses = asyncio.run(_together(world, door, bell, shop, sent))

    assert statuses == [200] * 40
    with world.database.transaction(shop.id) as session:
        [(stored, commits)] = session.sql(
            "SELECT count(*), count(DISTINCT xmin::text) FROM inbox WHERE shop_id = %s", shop.id
        )
    assert stored == 40
    assert commits <= 4


async def _together(world: World, door: Door, bell: Bell, shop: TestShop, sent: list[bytes]) -> list[int]:
    """Statuses of deliveries that all arrive before the first one is committed."""
    intake = Intake(world.database.url)
    mount = WebhookMount(door, intake, bell, _nobody)
    try:
        return list(await asyncio.gather(*(_call(mount, body, shop) for body in sent)))
    finally:
        await intake.close()


async def _call(mount: Callable[..., Any], body: bytes, shop: TestShop) -> int:
    said: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if "status" in message:
            said.append(message["status"])

    named = [(name.encode(), value.encode()) for name, value in headers(body, "orders/paid", shop.domain).items()]
    await mount({"type": "http", "path": "/webhooks", "method": "POST", "headers": named}, receive, send)
    return said[0]


async def _nobody(*_: object) -> None:
    raise AssertionError("webhooks are not handed on")


@pytest.mark.parametrize("mount", ["flask", "asgi"])
def test_while_postgresql_is_down_shopify_is_asked_to_send_again_and_then_all_works_by_itself(
    servers: embedded.Running, world: World, settings: Settings, bell: Bell, shop: TestShop, mount: str
) -> None:
    with wired(servers.database_url) as (url, wire):
        far = replace(world, database=Database(url, pool_size=2))
        door = Door(settings, far.database, far.cipher, far.clock)
        with mounted(mount, far, settings, bell, door) as sender:
            mailman = Mailman(sender, shop.domain)
            statuses = [mailman.deliver(GOOD, webhook_id="w-1")]
            wire.cut()
            statuses += [mailman.deliver(GOOD, webhook_id="w-2"), mailman.deliver(GOOD, webhook_id="w-2")]
            statuses.append(mailman.deliver(GOOD, webhook_id="w-3", hmac_sha256="forged"))
            wire.mend()
            statuses.append(mailman.deliver(GOOD, webhook_id="w-2"))
        far.database.dispose()

    assert statuses == [200, 503, 503, 401, 200]
    assert [row["webhook_id"] for row in rows(world, shop)] == ["w-1", "w-2"]


def test_a_table_that_takes_nothing_loses_nothing(
    servers: embedded.Running, world: World, shop: TestShop, mailman: Mailman
) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON inbox FROM regulars_app")
        try:
            refused = mailman.deliver(GOOD, webhook_id="w-1")
        finally:
            owner.execute("GRANT INSERT ON inbox TO regulars_app")
    again = mailman.deliver(GOOD, webhook_id="w-1")

    assert (refused, again) == (503, 200)
    assert len(rows(world, shop)) == 1


def test_while_redis_is_down_deliveries_are_stored_and_left_to_the_sweep(
    world: World, shop: TestShop, mailman: Mailman, bell: Bell
) -> None:
    status = mailman.deliver(GOOD)

    assert not bell.is_alive()
    assert status == 200
    with world.database.transaction() as session:
        assert session.sql("SELECT 1 FROM waiting WHERE shop_id = %s AND kind = 'inbox'", shop.id)


def test_every_topic_of_the_door_has_facts_the_drain_knows() -> None:
    from plugin.services.drain import FACTS_OF
    from webhooks.topics import TOPICS

    assert set(FACTS_OF) == set(TOPICS)
