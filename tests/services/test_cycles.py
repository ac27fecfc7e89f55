"""Whoever buys, redeems, pays with the code and gives everything back, in any order and in any parts, has gained nothing."""

from __future__ import annotations

import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.loyalty.errors import InsufficientPoints
from plugin.services import audit, members, redeem
from plugin.services.perform import World, perform_due
from plugin.services.redeem import RewardOrder
from tests.conftest import make_shop
from tests.services.stories import order
from tests.services.test_settle import settled

STEPS = st.lists(st.tuples(st.sampled_from(["buy", "redeem", "refund"]), st.integers(0, 9)), max_size=14)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_a_closed_cycle_of_buying_redeeming_refunding_and_buying_again_gains_nothing(
    world: World, steps: list[tuple[str, int]]
) -> None:
    shop = make_shop(world)
    bought: dict[int, tuple[str, list[str]]] = {}
    codes: list[str] = []
    member_id = None

    def give_back(number: int) -> None:
        total, used = bought.pop(number)
        settled(world, shop, order(number, total, codes=used, refunds=[(number * 10, total, 1)]))

    for step, chosen in steps:
        if step == "buy":
            number, total = (
                100 + sum(divmod(len(bought) + chosen, 7)) + 50 * len(codes) + chosen * 7,
                f"{40 + chosen * 30}.00",
            )
            if number not in bought:
                used = [codes.pop()] if codes else []
                bought[number] = (total, used)
                settled(world, shop, order(number, total, codes=used))
                with world.database.transaction(shop.id) as session:
                    member_id = members.by_customer(session, 7)
        elif step == "redeem" and member_id is not None:
            wish = RewardOrder(member_id, "amount-off", None, uuid.uuid4())
            try:
                with world.database.transaction(shop.id) as session:
                    codes.append(redeem.place_hold(session, wish, keys=world.keys, now=world.clock()).code)
            except InsufficientPoints:
                continue
            perform_due(world, shop.id, shop.domain)
        elif step == "refund" and bought:
            give_back(sorted(bought)[chosen % len(bought)])
    for number in sorted(bought):
        give_back(number)

    if member_id is not None:
        with world.database.transaction(shop.id) as session:
            view = members.view(session, member_id, handle_key=b"h" * 32, now=world.clock())
        assert view.available + view.pending + view.held - view.debt == 0
    assert audit.run(world.database, shop.id, now=world.clock()).is_ok
