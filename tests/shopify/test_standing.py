"""What customers carry at Shopify of the program: absolute values, and whoever is gone is passed over."""

from __future__ import annotations

from devstore.world import Shop
from plugin.loyalty.outside import StandingMark
from plugin.shopify.connect import ShopifyAdmin


def carried(brew: Shop, customer_id: int) -> dict[str, str]:
    return {key: field.value for (_, key), field in brew.customers[customer_id].metafields.items()}


def test_tier_and_points_are_written_and_written_again(shop: ShopifyAdmin, brew: Shop) -> None:
    ann, bob = brew.add_customer("ann@example.com"), brew.add_customer("bob@example.com")

    shop.write_standings([StandingMark(ann.id, "gold", 120), StandingMark(bob.id, None, 0)])
    shop.write_standings([StandingMark(ann.id, "silver", 20)])

    assert carried(brew, ann.id) == {"tier": "silver", "points": "20"}
    assert carried(brew, bob.id) == {"tier": "none", "points": "0"}
    assert {namespace for namespace, _ in ann.metafields} == {next(iter(bob.metafields))[0]}


def test_a_customer_who_is_gone_keeps_nobody_else_from_being_told(shop: ShopifyAdmin, brew: Shop) -> None:
    people = [brew.add_customer(f"p{n}@example.com") for n in range(14)]
    gone = StandingMark(people[3].id + 1, "gold", 1)
    marks = [StandingMark(each.id, "gold", n) for n, each in enumerate(people)]

    shop.write_standings([*marks[:5], gone, *marks[5:]])

    assert [carried(brew, each.id)["points"] for each in people] == [str(n) for n in range(14)]


def test_the_namespace_is_the_one_that_the_metafields_stand_in(shop: ShopifyAdmin, brew: Shop) -> None:
    ann = brew.add_customer("ann@example.com")
    shop.write_standings([StandingMark(ann.id, "gold", 120)])

    assert {shop.standing_namespace()} == {namespace for namespace, _ in ann.metafields}
