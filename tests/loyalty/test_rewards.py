"""What a reward may promise: every field a kind cannot honour is refused, and no cart gets more than was promised."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import Reward, dump, parse

PLAIN: dict[str, Any] = {"id": "it", "title": "It", "price_points": 100}
GOOD: list[dict[str, Any]] = [
    {"kind": "amount_off", "value": "5", "values": {"EUR": "4.5"}, "eligible_product_ids": [1]},
    {"kind": "percent_off", "value": "10", "maximum": "20", "eligible_collection_ids": [1], "minimum_spend": "30"},
    {"kind": "free_shipping", "minimum_spend": "30", "stock": 0},
    {"kind": "free_product", "product_id": 1, "variant_id": 2, "code_prefix": "MUG"},
    {"kind": "store_credit", "value": "5", "is_variable": True, "ends_days": 3650},
    {"kind": "gift_card", "value": "5", "code_prefix": "BREW"},
    {"kind": "access", "tag": "early", "channels": ["pos", "online"], "tiers": ["gold"]},
    {"kind": "experience", "per_member": {"times": 2, "per": "year"}, "customer_tags": ["vip"], "segment_ids": [4]},
]
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "free_product", "product_id": 1, "value": "5"}, "value", "a free product has no value"),
    ({"kind": "gift_card"}, "value", "or is worth"),
    ({"kind": "free_product"}, "product_id", "names its product"),
    ({"kind": "amount_off", "value": "5", "product_id": 1}, "product_id", "other rewards name none"),
    ({"kind": "amount_off", "value": "5", "variant_id": 1}, "variant_id", "only a free product"),
    ({"kind": "access"}, "tag", "names the customer tag"),
    ({"kind": "amount_off", "value": "5", "maximum": "5"}, "maximum", "only a percentage"),
    ({"kind": "percent_off", "value": "5", "values": {"EUR": "5"}}, "values", "other currencies"),
    ({"kind": "amount_off", "value": "5", "values": {"eur": "5"}}, "values.eur.[key]", "pattern"),
    ({"kind": "free_shipping", "eligible_product_ids": [1]}, "eligible_product_ids", "some products only"),
    (
        {"kind": "amount_off", "value": "5", "eligible_product_ids": [1], "eligible_collection_ids": [2]},
        "eligible_collection_ids",
        "not both",
    ),
    ({"kind": "gift_card", "value": "5", "minimum_spend": "5"}, "minimum_spend", "a gift card"),
    ({"kind": "amount_off", "value": "5", "ends_days": 731}, "ends_days", "equal to 730"),
    ({"kind": "access", "tag": "x", "code_prefix": "A"}, "code_prefix", "has no code"),
    ({"kind": "gift_card", "value": "5", "code_prefix": "COFFEE"}, "code_prefix", "4 signs"),
    ({"kind": "amount_off", "value": "5", "code_prefix": "brew-"}, "code_prefix", "pattern"),
    ({"kind": "amount_off", "value": "5", "stock": -1}, "stock", "greater than or equal to 0"),
    (
        {"kind": "amount_off", "value": "5", "per_member": {"times": 0}},
        "per_member.times",
        "greater than or equal to 1",
    ),
    ({"kind": "amount_off", "value": "5", "per_member": {"per": "eon"}}, "per_member.per", "'year'"),
    ({"kind": "amount_off", "value": "5", "channels": ["moon"]}, "channels.0", "'pos'"),
]

money = st.decimals("0.01", "5000", places=2)


@pytest.mark.parametrize("fields", GOOD, ids=[each["kind"] for each in GOOD])
def test_a_reward_of_each_kind_survives_the_way_to_json_and_back(fields: dict[str, Any]) -> None:
    program = parse({"rewards": [PLAIN | fields]})

    assert parse(dump(program)) == program


@pytest.mark.parametrize(
    ("fields", "field", "allowed"), BAD, ids=[f"{field}-{n}" for n, (_, field, _) in enumerate(BAD)]
)
def test_a_field_that_the_kind_cannot_honour_is_refused(fields: dict[str, Any], field: str, allowed: str) -> None:
    with pytest.raises(InvalidProgram) as refusal:
        parse({"rewards": [PLAIN | fields]})

    [(place, message)] = refusal.value.facts["problems"]
    assert (place, allowed.casefold() in message.casefold()) == (f"rewards.0.{field}", True)


@given(per_cent=st.decimals("0.5", "100", places=1), maximum=money, cart=money, digits=st.sampled_from([0, 2]))
def test_a_capped_percentage_never_gives_more_than_the_percentage_or_the_maximum(
    per_cent: Decimal, maximum: Decimal, cart: Decimal, digits: int
) -> None:
    tenth = Reward(id="it", kind="percent_off", title="It", price_points=1, value=per_cent, maximum=maximum)

    amount, least = tenth.capped(cart, digits=digits)

    assert amount <= maximum
    assert amount * 100 <= per_cent * least
    assert least <= cart or amount == maximum


@given(
    step=st.integers(1, 50),
    value=st.decimals("0.01", "5", places=2),
    low=st.integers(1, 500),
    high=st.integers(1, 5000),
    available=st.integers(0, 10_000),
    cart=st.decimals("0", "500", places=2),
)
def test_the_proposal_is_the_most_that_the_cart_can_use_up(
    step: int, value: Decimal, low: int, high: int, available: int, cart: Decimal
) -> None:
    slider = Reward(
        id="it", kind="amount_off", title="It", price_points=step, value=value, is_variable=True,
        minimum_points=min(low, high), maximum_points=max(low, high),
    )  # fmt: skip
    least, most, _ = slider.points_range()

    points = slider.most_useful(available, cart)

    usable = [n for n in range(least, most + 1, step) if n <= available and (slider.worth(n) or 0) <= cart]
    assert points == (usable[-1] if usable else None)


def test_titles_are_told_in_the_readers_language() -> None:
    reward = Reward(id="it", kind="free_shipping", title="Free shipping", titles={"de": "Versand frei"}, price_points=1)

    assert [reward.title_in(language) for language in ("de", "de-AT", "fr")] == [
        "Versand frei",
        "Versand frei",
        "Free shipping",
    ]
