"""What differs between two programs, in words: every kind of value, and the page on which it is set right."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.admin.formats import formats_of
from plugin.admin.program import editor, wording
from plugin.admin.program.editor import Field
from plugin.admin.program.parts import PARTS
from plugin.admin.program.reading import Look
from plugin.loyalty.program import default_program, dump

LOOK = Look(
    default_program("USD", is_live=True),
    formats_of("en", "America/New_York", "USD"),
    (("en", "English"), ("de", "German")),
)
STEPS = editor.rows(
    "steps", "Steps", [editor.whole("at", "At"), editor.text("badge", "Badge")], noun="step", start={"at": 1}
)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (editor.text("a", "A"), "Bean Club", "Bean Club"),
        (editor.text("a", "A"), None, "–"),
        (editor.text("a", "A"), "x" * 500, "x" * 159 + "…"),
        (editor.whole("a", "A", suffix="days"), 1, "1 day"),
        (editor.whole("a", "A", suffix="{points}"), 1200, "1,200 points"),
        (editor.money("a", "A"), "2.5", "$2.50"),
        (editor.percent("a", "A"), "10", "10%"),
        (editor.share("a", "A"), "0.5", "50%"),
        (editor.flag("a", "A"), True, "On"),
        (editor.flag("a", "A"), False, "Off"),
        (editor.select("a", "A", editor.ROUNDINGS), "ceiling", "Round up"),
        (editor.select("a", "A", editor.rewards), "gone-by", "gone-by"),
        (editor.many("a", "A", editor.WEEKDAYS), ["friday", "sunday"], "Friday, Sunday"),
        (editor.tags("a", "A"), ["staff", "vip"], "staff, vip"),
        (editor.products("a", "A"), [11], "1 product"),
        (editor.collections("a", "A"), [21, 22], "2 collections"),
        (editor.moment("a", "A"), "2026-11-27T05:00:00Z", "Nov 27, 2026, 12:00\N{NARROW NO-BREAK SPACE}AM"),
        (editor.languages("a", "A"), {"de": "Rabatt"}, "German: Rabatt"),
        (STEPS, [{"at": 5, "badge": "Fan"}, {"at": 9, "badge": None}], "5 · Fan; 9"),
    ],
)
def test_a_value_is_written_as_the_merchant_reads_it(field: Field, value: Any, words: str) -> None:
    assert wording.value_words(field, value, LOOK) == words


@pytest.mark.parametrize(
    ("path", "slug", "item_id"),
    [
        ("earning.rounding", "earning", None),
        ("rewards[amount-off].price_points", "rewards", "amount-off"),
        ("rewards.0.tiers", "rewards", "amount-off"),
        ("rewards", "rewards", None),
        ("referral.offer.value", "referrals", None),
        ("order_rules.0.effect", "campaigns", None),
    ],
)
def test_a_path_leads_to_the_page_where_it_is_edited(path: str, slug: str, item_id: str | None) -> None:
    place = wording.place_of(path, PARTS, dump(LOOK.program))

    assert place is not None
    assert (place.part.slug, place.item_id) == (slug, item_id)


def test_a_path_that_no_page_edits_is_still_said() -> None:
    before, after = dump(LOOK.program), dump(LOOK.program) | {"is_live": False}

    (change,) = wording.differences_words(before, after, PARTS, LOOK)

    assert (change.label, change.before, change.after, change.slug) == ("Program", "On", "Off", None)


def test_another_order_of_things_is_one_line() -> None:
    before = dump(LOOK.program)
    after = before | {"rewards": list(reversed(before["rewards"]))}

    (change,) = wording.differences_words(before, after, PARTS, LOOK)

    assert (change.part, change.label) == ("Rewards", "Order")
    assert change.after.startswith("Free shipping, 10% off an order")
