"""Colours that can be read: contrast as WCAG 2.2 reckons it, and which of two inks stands out on a colour."""

from __future__ import annotations

from typing import Final

WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
TEXT_CONTRAST: Final = 4.5
"""The least contrast of text with what it stands on (WCAG 2.2, 1.4.3)."""

SHAPE_CONTRAST: Final = 3.0
"""The least contrast of buttons and other shapes with what is around them (WCAG 2.2, 1.4.11)."""


def contrast(one: str, other: str) -> float:
    """How far two colours ("#rrggbb") are apart: 1 for equal ones, 21 for black and white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """The ink that text on this colour should have: white or black, whichever stands out more. One of them always does enough."""
    return max(WHITE, BLACK, key=lambda ink: contrast(colour, ink))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own bend
