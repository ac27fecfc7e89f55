"""What differs between two documents: nothing where they are equal, and every field once where they are not."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plugin.loyalty.program.differences import Difference, differences

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
