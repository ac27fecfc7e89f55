"""The settings by groups, each with a sentence of what is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint

from plugin.admin.desk import Desk, page


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the settings; `icon` is one of Polaris'."""

    href: str
    icon: str
    title: str
    about: str


GROUPS: Final[tuple[tuple[str, tuple[Entry, ...]], ...]] = (
    (
        "What customers see",
        (
            Entry("/program/branding", "paint-brush-flat", "Branding", "Colour and icon in your store and in mails."),
            Entry("/program/names", "language", "Names and languages", "What the program and its points are called."),
            Entry("/settings/messages", "email", "Messages", "What customers are told, previews and test mails."),
            Entry("/settings/snippets", "code", "Snippets", "Points in Shopify's own mails and in your theme."),
            Entry("/settings/test-mode", "eye-check-mark", "Test mode", "Try the program before anybody sees it."),
        ),
    ),
    (
        "Who may do what",
        (
            Entry("/settings/staff", "person-lock", "Staff permissions", "A role for each member of your staff."),
            Entry("/settings/keys", "key", "API keys", "Access for your other systems."),
            Entry("/settings/audit", "clock", "Change log", "Every change: who, what and when."),
        ),
    ),
    (
        "Data",
        (
            Entry(
                "/settings/privacy",
                "shield-person",
                "Privacy",
                "Requests for personal data, and how long data is kept.",
            ),
            Entry(
                "/settings/data", "shield-check-mark", "Data and proof", "Do the points add up? What may the app read?"
            ),
        ),
    ),
)


def add_routes(blueprint: Blueprint, _desk: Desk) -> None:
    """The page all settings hang from."""

    @blueprint.get("/settings")
    def settings_index() -> tuple[str, int]:
        return page("settings/index.html", groups=GROUPS)
