"""Branding: the colour and the icon of the program, with a sentence on whether they can be seen."""

from __future__ import annotations

from typing import Final

from plugin.admin.formats import Formats
from plugin.admin.program.editor import Part, Section, State, colour, select
from plugin.loyalty.colours import BLACK, SHAPE_CONTRAST, TEXT_CONTRAST, WHITE, contrast, ink_on
from plugin.loyalty.program import Program

ICONS: Final = (
    ("gift", "Gift"),
    ("star", "Star"),
    ("heart", "Heart"),
    ("crown", "Crown"),
    ("coin", "Coin"),
    ("leaf", "Leaf"),
    ("cup", "Cup"),
    ("flower", "Flower"),
)
_INKS: Final = {WHITE: "White", BLACK: "Black"}


def _state(program: Program, _formats: Formats) -> State:
    icon = dict(ICONS)[program.branding.icon].lower()
    return State(f"{program.branding.accent or 'Your theme’s colour'}, with a {icon}.")


def _meaning(program: Program, _formats: Formats) -> list[str]:
    accent = program.branding.accent
    if accent is None:
        return ["The panel in your store takes your theme’s colour; mails are dark green."]
    ink = ink_on(accent)
    said = [f"{_INKS[ink]} text stands on it ({contrast(accent, ink):.1f} to 1; {TEXT_CONTRAST} is needed)."]
    apart = contrast(accent, WHITE)
    if apart < SHAPE_CONTRAST:
        said.append(
            f"On a white page buttons in this colour are hard to see ({apart:.1f} to 1; {SHAPE_CONTRAST:.0f} is needed). "
            "Choose a darker one, unless your store is dark."
        )
    else:
        said.append(f"On a white page it stands out ({apart:.1f} to 1; {SHAPE_CONTRAST:.0f} is needed).")
    return said


PART: Final = Part(
    slug="branding",
    title="Branding",
    group="program",
    icon="paint-brush-flat",
    about="The colour and the icon of the program, in your store and in mails.",
    state=_state,
    meaning=_meaning,
    sections=(
        Section(
            "Look",
            (
                colour(
                    "branding.accent",
                    "Colour",
                    placeholder="#1f5f54",
                    is_optional=True,
                    details="For buttons and headings. Left empty, your theme’s own colour is used.",
                ),
                select("branding.icon", "Icon", ICONS, details="On the button that opens the program in your store."),
            ),
        ),
    ),
)
