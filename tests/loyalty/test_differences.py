"""What differs between two documents: nothing where they are equal, and every field once where they are not."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.program.differences import Difference, differences, merged

leaves = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"])
documents = st.recursive(
    st.dictionaries(st.sampled_from("pqrs"), leaves, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("pqrs"), inner | leaves | st.lists(leaves, max_size=2), max_size=3),
    max_leaves=12,
)


def test_fields_are_named_by_their_path_and_things_by_their_id() -> None:
    before = {
        "name": "A",
        "earning": {"points": 1},
        "rewards": [{"id": "coffee", "price": 5}, {"id": "tea", "price": 3}],
    }
    after = {
        "name": "A",
        "earning": {"points": 2},
        "rewards": [{"id": "coffee", "price": 6}, {"id": "milk", "price": 1}],
    }

    assert differences(before, after) == [
        Difference("earning.points", 1, 2),
        Difference("rewards[coffee].price", 5, 6),
        Difference("rewards[tea]", {"id": "tea", "price": 3}, None),
        Difference("rewards[milk]", None, {"id": "milk", "price": 1}),
    ]


def test_the_same_things_in_another_order_differ_in_their_order() -> None:
    coffee, tea = {"id": "coffee"}, {"id": "tea"}

    assert differences({"rewards": [coffee, tea]}, {"rewards": [tea, coffee]}) == [
        Difference("rewards[]", ["coffee", "tea"], ["tea", "coffee"])
    ]


@given(documents, documents)
def test_only_equal_documents_do_not_differ(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = differences(before, after)

    bare = _without_nothing(before) == _without_nothing(after)
    assert (found == []) == bare
    assert len({each.path for each in found}) == len(found)
    assert {each.path for each in differences(after, before)} == {each.path for each in found}


def _without_nothing(value: Any) -> Any:
    """A field that is null is a field that is not there."""
    if isinstance(value, dict):
        return {name: _without_nothing(each) for name, each in value.items() if each is not None}
    return value


@given(documents, documents)
def test_a_change_on_one_side_alone_is_taken_over(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert merged(base, changed, base) == changed
    assert merged(base, base, changed) == changed
    assert merged(base, changed, changed) == changed


@given(documents, documents, documents)
def test_where_both_changed_a_field_mine_stays(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    both = merged(base, mine, theirs)

    for name in "pqrs":
        if name in mine and not isinstance(mine[name], dict) and mine[name] != base.get(name, ...):
            assert both[name] == mine[name]


def test_things_are_put_together_one_by_one() -> None:
    base = {"rewards": [{"id": "coffee", "price": 5, "on": True}, {"id": "tea", "price": 3}]}
    mine = {
        "rewards": [{"id": "coffee", "price": 6, "on": True}, {"id": "milk", "price": 1}, {"id": "tea", "price": 3}]
    }
    theirs = {"rewards": [{"id": "coffee", "price": 5, "on": False}, {"id": "cake", "price": 9}]}

    assert merged(base, mine, theirs) == {
        "rewards": [{"id": "coffee", "price": 6, "on": False}, {"id": "milk", "price": 1}, {"id": "cake", "price": 9}]
    }


def test_two_kinds_of_one_thing_are_not_mixed() -> None:
    base = {"effect": {"kind": "fixed", "points": 5}}
    mine = {"effect": {"kind": "multiplier", "factor": "2"}}
    theirs = {"effect": {"kind": "fixed", "points": 9}}

    assert merged(base, mine, theirs) == mine
