"""Codes: repeatable for us, unguessable for others, and readable over a counter."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.codes import ALPHABET, derive, handle, tombstone

KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_code_has_eighty_bits_of_signs_that_cannot_be_mistaken() -> None:
    codes = [derive(KEY, uuid4()) for _ in range(500)]

    assert {len(code) for code in codes} == {16}
    assert len(ALPHABET) ** 16 == 2**80
    assert not set("ILOU") & set(ALPHABET)
    assert set("".join(codes)) == set(ALPHABET)
    assert len(set(codes)) == 500


@given(st.uuids())
def test_the_same_redemption_has_the_same_code_for_ever(subject: UUID) -> None:
    assert derive(KEY, subject) == derive(KEY, subject)
    assert derive(KEY, UUID("6f1ed002-ab5b-4d2c-9d3c-1f1e0d9c0a11")) == "Y5D42MRNDXNXCH9F"


@given(st.uuids())
def test_codes_of_different_keys_have_no_more_in_common_than_chance(subject: UUID) -> None:
    ours, theirs = derive(KEY, subject), derive(OTHER, subject)

    assert ours != theirs
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) <= 8


def test_each_place_of_a_code_takes_every_sign() -> None:
    codes = [derive(KEY, UUID(int=number)) for number in range(2000)]

    assert all(len({code[place] for code in codes}) == len(ALPHABET) for place in range(16))


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_handle_and_a_tombstone_belong_to_one_shop(shop_id: int, subject: int) -> None:
    assert handle(KEY, shop_id, subject) != handle(KEY, shop_id + 1, subject)
    assert tombstone(KEY, shop_id, subject) != tombstone(KEY, shop_id + 1, subject)
    assert tombstone(KEY, shop_id, subject) != tombstone(OTHER, shop_id, subject)
    assert str(subject).encode() not in tombstone(KEY, shop_id, subject) or subject < 100
