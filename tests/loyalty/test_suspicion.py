"""Suspicion: aliases of one mailbox are one, hashes tell nothing outside of their shop, and what households share is not enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plugin.loyalty import suspicion
from plugin.loyalty.program import Suspicion, Weights
from plugin.loyalty.suspicion import Address, Personal, Signal

KEY = suspicion.shop_key(b"k" * 32, 1)
ann = Personal(
    names=["Ann Moss"],
    mails=["ann.moss@gmail.com"],
    phones=["+1 (503) 555-0101"],
    addresses=[Address("12 Alder Street", "97205", "United States")],
    networks=["203.0.113.7"],
    devices=["a-phone"],
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.com", "ANN+shop@Example.com"),
        ("annmoss@gmail.com", "a.n.n.moss+1@googlemail.com"),
        ("ann.moss@pm.me", "annmoss@protonmail.com"),
        ("ann@me.com", "ann@icloud.com"),
        ("ann-1@yahoo.de", "ann-2@yahoo.de"),
        ('"ann"@example.com', " ann@example.com. "),
    ],
)
def test_aliases_lead_to_one_mailbox(one: str, other: str) -> None:
    assert suspicion.mailbox(one) == suspicion.mailbox(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann.moss@example.com", "annmoss@example.com"),
        ("ann@gmail.com", "ann@example.com"),
        ("ann-1@example.com", "ann-2@example.com"),
    ],
)
def test_what_is_no_alias_is_another_mailbox(one: str, other: str) -> None:
    assert suspicion.mailbox(one) != suspicion.mailbox(other)


@pytest.mark.parametrize("text", ["", "@", "ann", "ann@", "@example.com", "ann@localhost", "+tag@example.com"])
def test_what_is_no_address_has_no_mailbox(text: str) -> None:
    assert suspicion.mailbox(text) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Address("12 Alder Street", "97205", "US"), Address("12 ALDER ST., Apt 9", "97 205", "us")),
        (Address("Lindenstraße 4", "79098", "DE"), Address("Linden Str. 4", "79098", "DE")),
        (Address("12 Rue des Tilleuls", "69002", "FR"), Address("12, rue des Tilleuls", "69002", "FR")),
        (Address("Calle Peñón 3", "28001", "ES"), Address("calle penon 3", "28001", "ES")),
    ],
)
def test_one_house_is_one_address_however_it_is_spelled(one: Address, other: Address) -> None:
    assert suspicion.address_line(one) == suspicion.address_line(other) != ""


def test_numbers_and_networks_are_compared_by_what_matters() -> None:
    assert suspicion.phone_number("+49 761 123456") == suspicion.phone_number("0761-123456"[1:])
    assert suspicion.phone_number("110") == ""
    assert suspicion.network_of("2001:db8:1:2:3::4") == suspicion.network_of("2001:db8:1:2:9::1")
    assert suspicion.network_of("2001:db8:1:3::1") != suspicion.network_of("2001:db8:1:2::1")
    assert suspicion.network_of("::ffff:203.0.113.7") == suspicion.network_of("203.0.113.7")
    assert suspicion.network_of("not an address") == ""
    assert suspicion.full_name("Moss  ANN") == suspicion.full_name("ann moss")
    assert suspicion.full_name("Ann") == ""


def test_hashes_hold_nothing_of_the_person_and_differ_between_shops() -> None:
    here, there = suspicion.marks(ann, KEY), suspicion.marks(ann, suspicion.shop_key(b"k" * 32, 2))

    assert {kind for kind, _ in here} == {"mailbox", "mail_like", "phone", "name", "address", "network", "device"}
    assert {digest for _, digest in here}.isdisjoint(digest for _, digest in there)
    assert all(len(digest) == 16 and b"moss" not in digest for _, digest in here)


def test_nothing_seen_leaves_no_mark() -> None:
    nobody = Personal([""], ["", "x"], ["1"], [Address(), Address("Elm 1")], ["", "?"], [" "])

    assert suspicion.marks(nobody, KEY) == frozenset()


def test_a_name_at_an_address_is_a_person_and_each_alone_is_little() -> None:
    same = Personal(names=["ann moss"], addresses=[Address("12 alder st", "97205", "united states")])
    relative = Personal(names=["Ben Moss"], addresses=same.addresses)
    namesake = Personal(names=["Ann Moss"], addresses=[Address("1 Elm Road", "10001", "United States")])

    found = [
        suspicion.compare(suspicion.marks(who, KEY), suspicion.marks(ann, KEY)) for who in (same, relative, namesake)
    ]

    assert found == [{Signal.SAME_PERSON}, {Signal.SAME_ADDRESS}, {Signal.SAME_NAME}]
    assert [suspicion.score(signals, Suspicion()) for signals in found] == [90, 20, 25]


def test_a_household_is_not_even_looked_at() -> None:
    terms = Suspicion()

    shared = [Signal.SAME_ADDRESS, Signal.SAME_NETWORK]

    assert suspicion.score(shared, terms) < terms.review_at
    assert suspicion.score([*shared, Signal.SAME_PHONE], terms) < terms.block_at
    assert suspicion.score([*shared, Signal.FRIEND_CROWD], terms) < terms.block_at


def test_a_crowd_shares_more_than_a_network() -> None:
    office = [Personal(networks=["203.0.113.7"], names=[f"Friend {name}"]) for name in ("A", "B", "C")]
    farm = [Personal(addresses=ann.addresses, names=[f"Friend {name}"]) for name in ("A", "B", "C")]

    def seen(people: list[Personal]) -> frozenset[Signal]:
        first, *others = (suspicion.marks(who, KEY) for who in people)
        return suspicion.compare_friends(first, others, crowd=2)

    assert seen(office) == frozenset()
    assert seen(farm) == {Signal.FRIEND_CROWD}
    assert seen(farm[:2]) == frozenset()


def test_weights_that_would_block_a_household_are_refused() -> None:
    with pytest.raises(ValidationError, match="household"):
        Suspicion(weights=Weights(same_address=60, same_network=40))
    with pytest.raises(ValidationError, match="block_at"):
        Suspicion(review_at=100, block_at=90)


texts = st.text(max_size=30)
people = st.builds(
    Personal,
    names=st.lists(texts, max_size=2),
    mails=st.lists(st.one_of(texts, st.emails()), max_size=2),
    phones=st.lists(texts, max_size=2),
    addresses=st.lists(st.builds(Address, texts, texts, texts), max_size=2),
    networks=st.lists(st.one_of(texts, st.ip_addresses().map(str)), max_size=2),
    devices=st.lists(texts, max_size=2),
)


@given(people, people)
def test_whatever_is_typed_is_compared_and_comparing_has_no_direction(one: Personal, other: Personal) -> None:
    here, there = suspicion.marks(one, KEY), suspicion.marks(other, KEY)

    assert suspicion.compare(here, there) == suspicion.compare(there, here)
    assert suspicion.compare(here, ()) == frozenset()
    assert suspicion.score(suspicion.compare(here, there), Suspicion()) >= 0


@given(st.emails())
def test_a_mailbox_is_its_own_alias(mail: str) -> None:
    box = suspicion.mailbox(mail)

    assert suspicion.mailbox(box) == box
