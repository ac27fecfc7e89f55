"""Branding: the colour and the icon that the program has in the store and in mails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from plugin.loyalty.program.values import Part

Colour = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^#[0-9a-fA-F]{6}$")]
Icon = Literal["gift", "star", "heart", "crown", "coin", "leaf", "cup", "flower"]


class Branding(Part):
    """`accent` as "#1f5f54", None for the theme's own colour; `icon` stands on the button that opens the panel."""

    accent: Colour | None = None
    icon: Icon = "gift"
