"""Members are told by e-mail: once per cause, together where it falls together, in peace at night, and never against their will."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from plugin.loyalty import mails
from plugin.loyalty.outside import Person
from plugin.loyalty.program import Program, default_program
from plugin.services import members, messages, programs, redeem
from plugin.services.messages import after_quiet
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from plugin.storefront import unsubscribe
from tests.conftest import TestShop, make_shop
from tests.fakes import FakeShopify, StepClock
from tests.mail.conftest import APP_URL, Sink

ANN = Person(7001, "Ann Ames", "ann@example.com", (), "en", takes_marketing=False)


@pytest.fixture
def shop(world: World, shopify: FakeShopify) -> TestShop:
    shopify.persons[7001] = ANN
    return make_shop(world, program())


def program(**more: object) -> Program:
    document = default_program("USD", is_live=True).model_dump(mode="json")
    every = ["welcome", "code_issued", "points_expiring", "referral_rewarded", "birthday"]
    document["messages"] = {"on": every, "digest_minutes": 0, "quiet_from": "00:00", "quiet_until": "00:00", **more}
    return Program.model_validate(document)


def member(world: World, shop: TestShop, points: int = 500) -> int:
    with world.database.transaction(shop.id) as session:
        found = members.join(session, 7001, tombstone_key=world.keys.tombstones, now=world.clock())
        members.adjust(session, found, points, words="gift", author="staff", key="first", now=world.clock())
    return found


def take(world: World, shop: TestShop, member_id: int) -> None:
    with world.database.transaction(shop.id) as session:
        order = RewardOrder(member_id, "amount-off", None, uuid.uuid4())
        redeem.place_hold(session, order, keys=world.keys, now=world.clock())


def work(world: World, shop: TestShop) -> None:
    while perform_due(world, shop.id, shop.domain):
        pass


def tell(world: World, shop: TestShop, member_id: int, kind: str, cause: str = "one", **facts: object) -> None:
    with world.database.transaction(shop.id) as session:
        live = programs.current(session).program
        now = world.clock()
        messages.queue(session, live, member_id, kind, cause=cause, facts=facts, happened_at=now, now=now)  # type: ignore[arg-type]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def states(world: World, shop: TestShop) -> list[tuple[str, str, str | None]]:
    with world.database.transaction(shop.id) as session:
        return [
            (row[0], row[1], row[2])
            for row in session.sql("SELECT kind, state, why FROM messages WHERE shop_id = %s ORDER BY id", shop.id)
        ]


def test_a_code_is_told_with_its_worth_and_its_end(world: World, shop: TestShop, sink: Sink) -> None:
    ann = member(world, shop)

    take(world, shop, ann)
    work(world, shop)

    [mail] = sink.mails
    assert mail["To"] == "ann@example.com"
    assert mail["Subject"] == "Your reward: $5.00"
    assert "May 31, 2026" in body(mail)
    assert "Visit the store" in body(mail, "html")
    assert states(world, shop) == [("code_issued", "sent", None)]


def test_a_reward_has_its_title_in_the_members_language(
    world: World, shop: TestShop, sink: Sink, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = Person(7001, "Ann", "ann@example.com", (), "fr-FR")
    ann = member(world, shop)

    with world.database.transaction(shop.id) as session:
        order = RewardOrder(ann, "free-shipping", None, uuid.uuid4())
        redeem.place_hold(session, order, keys=world.keys, now=world.clock())
    work(world, shop)

    [mail] = sink.mails
    assert mail["Subject"] == "Votre récompense : Livraison offerte"


def test_a_cause_is_told_once_however_often_it_is_told_of(world: World, shop: TestShop, sink: Sink) -> None:
    ann = member(world, shop)

    for _ in range(3):
        tell(world, shop, ann, "referral_rewarded", points=150)
        work(world, shop)

    assert len(sink.mails) == 1


def test_what_falls_together_is_one_mail(world: World, shopify: FakeShopify, sink: Sink, clock: StepClock) -> None:
    shopify.persons[7001] = ANN
    shop = make_shop(world, program(digest_minutes=15))
    ann = member(world, shop)
    tell(world, shop, ann, "referral_rewarded", points=150)
    clock.forward(minutes=5)
    tell(world, shop, ann, "points_expiring", points=40, date="2026-04-01T04:00:00+00:00")

    work(world, shop)
    nothing_yet = list(sink.mails)
    clock.forward(minutes=15)
    work(world, shop)

    assert nothing_yet == []
    [mail] = sink.mails
    assert mail["Subject"] == "News from Rewards"
    assert "150 points" in body(mail)
    assert "40 points" in body(mail)


def test_nothing_is_sent_at_night_and_nothing_is_lost(
    world: World, shopify: FakeShopify, sink: Sink, clock: StepClock
) -> None:
    shopify.persons[7001] = ANN
    shop = make_shop(world, program(quiet_from="21:00", quiet_until="08:00"))
    ann = member(world, shop)
    clock.now = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)  # half past ten in the evening in New York
    tell(world, shop, ann, "referral_rewarded", points=150)

    work(world, shop)
    at_night = list(sink.mails)
    clock.now = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
    work(world, shop)

    assert at_night == []
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T12:00", "2026-03-02T12:00"),
        ("2026-03-02T21:00", "2026-03-03T08:00"),
        ("2026-03-03T02:00", "2026-03-03T08:00"),
        ("2026-03-07T23:30", "2026-03-08T08:00"),  # the night in which the clocks go forward
        ("2026-03-03T08:00", "2026-03-03T08:00"),
    ],
)
def test_quiet_hours_are_the_shops(at: str, expected: str) -> None:
    zone = ZoneInfo("America/New_York")

    found = after_quiet(datetime.fromisoformat(at).replace(tzinfo=zone), time(21), time(8), zone)

    assert found == datetime.fromisoformat(expected).replace(tzinfo=zone)


def test_marketing_needs_consent_and_news_of_ones_points_do_not(
    world: World, shop: TestShop, sink: Sink, shopify: FakeShopify
) -> None:
    ann = member(world, shop)
    tell(world, shop, ann, "birthday", points=50)
    tell(world, shop, ann, "referral_rewarded", points=150)

    work(world, shop)

    assert states(world, shop) == [("birthday", "left_out", "no_consent"), ("referral_rewarded", "sent", None)]
    assert "birthday" not in body(sink.mails[0]).casefold()


def test_whoever_unsubscribes_by_one_click_hears_no_more(world: World, shop: TestShop, sink: Sink) -> None:
    ann = member(world, shop)
    tell(world, shop, ann, "referral_rewarded", points=150)
    work(world, shop)
    link = sink.mails[0]["List-Unsubscribe"].strip("<>")
    app = Flask("door")
    app.register_blueprint(unsubscribe.create_blueprint(world))

    looked = app.test_client().get(link.removeprefix(APP_URL))
    done = app.test_client().post(link.removeprefix(APP_URL), data={"List-Unsubscribe": "One-Click"})
    tell(world, shop, ann, "referral_rewarded", cause="two", points=150)
    work(world, shop)

    assert looked.status_code == done.status_code == 200
    assert sink.mails[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert states(world, shop)[-1] == ("referral_rewarded", "left_out", "unsubscribed")
    assert len(sink.mails) == 1


def test_looking_at_the_page_unsubscribes_nobody_and_a_forged_link_does_nothing(
    world: World, shop: TestShop, sink: Sink
) -> None:
    ann = member(world, shop)
    tell(world, shop, ann, "referral_rewarded", points=150)
    work(world, shop)
    token = parse_qs(urlsplit(sink.mails[0]["List-Unsubscribe"].strip("<>")).query)["t"][0]
    app = Flask("door")
    app.register_blueprint(unsubscribe.create_blueprint(world))
    http = app.test_client()

    http.get(f"/mail/unsubscribe?t={token}")
    answers = [
        http.post(f"/mail/unsubscribe?t={forged}").status_code for forged in (token[:-1] + "0", "x", "1.zz.y", "")
    ]
    tell(world, shop, ann, "referral_rewarded", cause="two", points=150)
    work(world, shop)

    assert answers == [404, 404, 404, 404]
    assert len(sink.mails) == 2


def test_a_mail_server_that_is_away_loses_nothing(world: World, shop: TestShop, sink: Sink, clock: StepClock) -> None:
    ann = member(world, shop)
    tell(world, shop, ann, "referral_rewarded", points=150)
    sink.answers = ["451 try again later"]

    work(world, shop)
    waiting = states(world, shop)
    clock.forward(minutes=10)
    work(world, shop)

    assert waiting == [("referral_rewarded", "queued", None)]
    assert states(world, shop) == [("referral_rewarded", "sent", None)]


def test_an_address_that_is_refused_for_good_is_not_tried_again(world: World, shop: TestShop, sink: Sink) -> None:
    ann = member(world, shop)
    tell(world, shop, ann, "referral_rewarded", points=150)
    sink.answers = ["550 no such user"]

    work(world, shop)

    assert states(world, shop) == [("referral_rewarded", "left_out", "address_refused")]


def test_without_access_to_addresses_nothing_breaks_and_it_is_said(
    world: World, shop: TestShop, sink: Sink, shopify: FakeShopify
) -> None:
    shopify.persons[7001] = Person(7001, None, None, (), None)
    ann = member(world, shop)

    tell(world, shop, ann, "referral_rewarded", points=150)
    work(world, shop)

    assert states(world, shop) == [("referral_rewarded", "left_out", "no_address")]


def test_history_that_is_brought_along_tells_nobody(world: World, shop: TestShop) -> None:
    ann = member(world, shop)

    with world.database.transaction(shop.id) as session:
        live, now = programs.current(session).program, world.clock()
        messages.queue(
            session, live, ann, "referral_rewarded", cause="old", facts={}, happened_at=now - timedelta(days=4), now=now
        )

    assert states(world, shop) == []


@pytest.mark.parametrize("language", mails.WORDS)
def test_every_kind_has_words_with_the_same_places_in_every_language(language: str) -> None:
    import re

    english, words = mails.WORDS["en"], mails.WORDS[language]

    for kind, sentences in words.items():
        for ours, theirs in zip(sentences, english[kind], strict=True):
            assert set(re.findall(r"{\w+}", ours)) == set(re.findall(r"{\w+}", theirs)), (language, kind)
    assert words.keys() == english.keys()


def test_what_a_merchant_typed_is_text_in_a_mail_and_never_markup_or_a_header(
    world: World, shopify: FakeShopify, sink: Sink
) -> None:
    shopify.persons[7001] = ANN
    document = program(sender_name="Brew <b>&\u202e Co").model_dump(mode="json")
    document["name"] = "<script>alert(1)</script> {code}"
    shop = make_shop(world, Program.model_validate(document))
    ann = member(world, shop)

    tell(world, shop, ann, "referral_rewarded", points=150)
    work(world, shop)

    [mail] = sink.mails
    assert "<script>alert" not in body(mail, "html")
    assert "{code}" in body(mail)
    assert mail["From"].addresses[0].addr_spec == "rewards@brew.example"
