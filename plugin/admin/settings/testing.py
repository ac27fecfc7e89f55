"""Test mode: the program before its launch, for customers who carry a tag and for nobody else."""

from __future__ import annotations

from flask import Blueprint

from plugin.admin.desk import Desk, page
from plugin.services import drafts, programs


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The page."""

    @blueprint.get("/settings/test-mode")
    def test_mode() -> tuple[str, int]:
        with desk.transaction() as session:
            live = programs.current(session).program
            draft = drafts.read(session)
        return page(
            "settings/testing.html",
            is_live=live.is_live,
            tag=None if live.is_live else live.launch.test_tag,
            drafted=(draft.document.get("launch") or {}).get("test_tag") if draft.is_begun else None,
        )
