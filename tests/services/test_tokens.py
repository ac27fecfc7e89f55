"""Tokens: encrypted and bound to their shop, renewed by one at a time, and given up only when Shopify refuses them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import psycopg
import pytest
from cryptography.exceptions import InvalidTag

from plugin import embedded
from plugin.db.outbox import NEVER
from plugin.loyalty.errors import Refused, Unauthorized, Unreachable
from plugin.loyalty.outside import ShopInfo, Token
from plugin.services import redeem, shops, tokens
from plugin.services.effects import Kind
from plugin.services.perform import World, perform_due
from plugin.services.tokens import Cipher
from plugin.settings import EncryptionKey
from tests.conftest import NOON, TestShop, make_shop
from tests.fakes import FakeShopify, FakeTokens, StepClock
from tests.services.stories import order
from tests.services.test_forget import dump
from tests.services.test_redeem import held, now_is
from tests.services.test_settle import balance, proved, settled

OLD, NEW = EncryptionKey("k1", b"\x01\x9a" * 16), EncryptionKey("k2", b"\x02\x9b" * 16)
INFO = ShopInfo(1, "Test", "USD", "America/New_York", "Basic", "NEW_CUSTOMER_ACCOUNTS", frozenset({"read_orders"}))


@dataclass
class CountingTokens(FakeTokens):
    """Counts renewals, takes its time over them, and refuses when it is told to."""

    renewals: int = 0
    refusal: Exception | None = None

    def refresh(self, domain: str, refresh_token: str, now: datetime) -> Token:
        self.renewals += 1
        threading.Event().wait(0.15)
        if self.refusal is not None:
            raise self.refusal
        return super().refresh(domain, refresh_token, now)


@pytest.fixture
def source() -> CountingTokens:
    return CountingTokens()


@pytest.fixture
def online(world: World, source: CountingTokens) -> World:
    return replace(world, token_source=source)


def expiring(world: World, shop: TestShop, *, seconds: float = 3600) -> None:
    token = Token(
        "access-canary",
        world.clock() + timedelta(seconds=seconds),
        "refresh-canary",
        NOON + timedelta(days=90),
        frozenset(),
    )
    with world.database.transaction(shop.id) as session:
        tokens.store(session, token, cipher=world.cipher, now=world.clock())


def token_of(world: World, shop: TestShop) -> str:
    return tokens.access(
        world.database, shop.id, shop.domain, source=world.token_source, cipher=world.cipher, clock=world.clock
    ).token


def test_no_token_can_be_read_in_the_database(servers: embedded.Running, world: World, shop: TestShop) -> None:
    expiring(world, shop)

    stored = dump(servers, shop)

    assert "canary" not in stored
    assert token_of(world, shop) == "access-canary"


def test_one_of_many_renews_while_the_others_wait(online: World, shop: TestShop, source: CountingTokens) -> None:
    expiring(online, shop, seconds=30)
    found: list[str] = []

    threads = [threading.Thread(target=lambda: found.append(token_of(online, shop))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert source.renewals == 1
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0].startswith("token-of-")


def test_an_idle_shops_token_is_renewed_before_it_is_too_late(
    online: World, shop: TestShop, source: CountingTokens, clock: StepClock
) -> None:
    expiring(online, shop)

    for _ in range(4):
        clock.now += tokens.IDLE_RENEWAL
        perform_due(online, shop.id, shop.domain, kinds=(Kind.REFRESH_TOKEN,))

    assert source.renewals == 4
    assert token_of(online, shop).startswith("token-of-")


def test_an_outage_while_renewing_gives_nothing_up(online: World, shop: TestShop, source: CountingTokens) -> None:
    expiring(online, shop, seconds=30)
    source.refusal = Unreachable("down")

    with pytest.raises(Unreachable):
        token_of(online, shop)
    source.refusal = None

    assert token_of(online, shop).startswith("token-of-")


@pytest.mark.parametrize("refusal", [Unauthorized("no"), Refused("no")])
def test_a_refused_renewal_waits_for_the_app_to_be_opened_and_then_goes_on(
    online: World, shop: TestShop, source: CountingTokens, shopify: FakeShopify, refusal: Exception
) -> None:
    settled(online, shop, order(1, "400.00"))
    expiring(online, shop, seconds=30)
    source.refusal = refusal
    row = held(online, shop)

    for _ in range(5):
        perform_due(online, shop.id, shop.domain)
    suspended = now_is(online, shop, row).state
    asked = source.renewals
    source.refusal = None
    with online.database.transaction(shop.id) as session:
        shops.install(session, INFO, is_own_app=True, now=online.clock())
        tokens.store(
            session, FakeTokens().exchange(shop.domain, "", online.clock()), cipher=online.cipher, now=online.clock()
        )
    perform_due(online, shop.id, shop.domain)

    assert (suspended, asked) == ("suspended", 1)
    assert now_is(online, shop, row).state == "issued"
    assert balance(online, shop) == (0, 250, 150, 0)
    assert list(shopify.discounts) == [row.code]
    proved(online, shop)


def test_a_refused_token_is_kept_from_being_tried_again(online: World, shop: TestShop, source: CountingTokens) -> None:
    expiring(online, shop)

    with online.database.transaction(shop.id) as session:
        tokens.refused(session)

    with pytest.raises(Unauthorized):
        token_of(online, shop)
    assert source.renewals == 0


def test_keys_are_rotated_without_losing_a_token(world: World, shop: TestShop) -> None:
    expiring(world, shop)
    both, new_only = Cipher([NEW, OLD]), Cipher([NEW])

    with world.database.transaction(shop.id) as session:
        counts = [tokens.rotate(session, cipher=both), tokens.rotate(session, cipher=both)]

    assert counts == [1, 0]
    assert token_of(replace(world, cipher=new_only), shop) == "access-canary"
    with pytest.raises(Unreachable, match="ENCRYPTION_KEYS"):
        token_of(world, shop)


def test_a_token_that_was_moved_to_another_shop_or_column_opens_nowhere(
    servers: embedded.Running, world: World, shop: TestShop
) -> None:
    other = make_shop(world)
    for each in (shop, other):
        expiring(world, each)
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE shop_tokens t SET access = o.access FROM shop_tokens o WHERE t.shop_id = %s AND o.shop_id = %s",
            (shop.id, other.id),
        )
        owner.execute("UPDATE shop_tokens SET access = refresh WHERE shop_id = %s", (other.id,))

    for each in (shop, other):
        with pytest.raises(Unreachable, match="ENCRYPTION_KEYS"):
            token_of(world, each)


def test_a_sealed_value_that_was_changed_does_not_open() -> None:
    cipher = Cipher([OLD])
    sealed = bytearray(cipher.seal(b"token", shop_id=1, column="access"))

    sealed[-1] ^= 1

    with pytest.raises(InvalidTag):
        cipher.open(bytes(sealed), shop_id=1, column="access")


def test_an_effect_that_waits_for_the_shop_counts_no_tries(online: World, shop: TestShop) -> None:
    settled(online, shop, order(1, "400.00"))
    with online.database.transaction(shop.id) as session:
        tokens.refused(session)
    row = held(online, shop)

    for _ in range(3):
        perform_due(online, shop.id, shop.domain)

    with online.database.transaction(shop.id) as session:
        [(attempts, next_try)] = session.sql(
            "SELECT attempts, next_try_at FROM outbox WHERE shop_id = %s AND kind = 'issue_code' AND subject = %s",
            shop.id,
            str(row.id),
        )
        assert redeem.find(session, row.id).state == "suspended"
    assert (attempts, next_try) == (0, NEVER)
