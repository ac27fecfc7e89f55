"""A rehearsal in the terminal: a bar while it runs, and what came of it as tables."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program import Program, parse
from plugin.services import rehearse
from plugin.services.perform import World
from plugin.services.rehearse import Rehearsal
from plugin.services.shops import Shop

LOOK_EVERY_SECONDS: Final = 0.1


class UnreadableDraft(Exception):
    """The file holds no program; the message says what is wrong, a line a problem."""


def read_draft(path: Path) -> Program:
    """The program in a file: the document, or what the API answered. Raises UnreadableDraft."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableDraft(f"{path} is not JSON: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        document = document["data"]
    try:
        return parse(document)
    except InvalidProgram as refusal:
        lines = [f"  {field or 'document'}: {message}" for field, message in refusal.facts["problems"]]
        raise UnreadableDraft("\n".join([f"{path} is no program:", *lines])) from None


def rehearse_shown(console: Console, world: World, shop: Shop, draft: Program | None, *, days: int) -> Rehearsal:
    """Rehearse a program (None: the shop's draft) on the orders of the last `days`, with a bar; what came of it."""
    asked = uuid4()
    with world.database.transaction(shop.id) as session:
        rehearse.ask(session, draft, rehearsal_id=asked, days=days, by="command line", now=world.clock())
    columns = (TextColumn("Rehearsing"), BarColumn(), MofNCompleteColumn(), TextColumn("orders"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar, ThreadPoolExecutor(1) as pool:
        line = bar.add_task("orders", total=None)
        running = pool.submit(
            rehearse.run,
            world.database,
            shop.id,
            asked,
            shopify=lambda: world.shopify(shop.id, shop.domain),
            keys=world.keys,
            now=world.clock,
        )
        while True:
            is_left_to_us = running.done()
            found = _look(world, shop, asked)
            bar.update(line, total=found.total, completed=found.done)
            if found.state == "done":
                return found
            if is_left_to_us:
                running.result()  # its error is ours; without one, a worker next door was faster and is at it
            time.sleep(LOOK_EVERY_SECONDS)


def tables(found: Rehearsal) -> list[Table]:
    """What came of it: the figures side by side, who wins and loses, and what to think about."""
    outcome = found.outcome or {}
    shown = [_figures(found, outcome), _moves(outcome)]
    if outcome["tiers"]:
        shown.append(_tiers(outcome))
    if outcome["warnings"]:
        warnings = Table("To think about", show_header=True)
        for each in outcome["warnings"]:
            warnings.add_row(each["text"])
        shown.append(warnings)
    return shown


def _look(world: World, shop: Shop, rehearsal_id: UUID) -> Rehearsal:
    with world.database.transaction(shop.id) as session:
        return rehearse.find(session, rehearsal_id)


def _figures(found: Rehearsal, outcome: dict[str, Any]) -> Table:
    title = f"Orders of {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    table = Table("", f"live (version {found.live_version})", "draft", title=title, title_justify="left")
    currency = outcome["cost"]["currency"]
    first = outcome["first_reward"]
    table.add_row("Orders of members", f"{outcome['orders']:,}", f"{outcome['orders']:,}")
    table.add_row("Members who ordered", f"{outcome['members']:,}", f"{outcome['members']:,}")
    table.add_row("Points", *_both(outcome["points"], "{:,}"))
    table.add_row("Of these for referrals", *_both(outcome["referral_points"], "{:,}"))
    table.add_row("Orders that earn", *_both(outcome["earning_orders"], "{:,}"))
    table.add_row("Worth at most", *_both(outcome["cost"], f"{{}} {currency}"))
    table.add_row("Of what was spent", *_both(outcome["cash_back_percent"], "{} %"))
    table.add_row("Worth of all points that stand", *_both(outcome["liability"], f"{{}} {currency}"))
    table.add_row("Orders to the first reward (median)", *_both(first["orders"], "{}"))
    table.add_row("Members who reached it", *_both(first["reached"], "{:,}"))
    return table


def _both(figures: dict[str, Any], pattern: str) -> tuple[str, str]:
    """The figure under the live program and under the draft; a dash where there is none."""
    live, draft = (pattern.format(figures[side]) if figures[side] is not None else "–" for side in ("live", "draft"))
    return live, draft


def _moves(outcome: dict[str, Any]) -> Table:
    title = f"Members who gain points: {outcome['winners']:,}; who lose some: {outcome['losers']:,}"
    table = Table("Member", "live", "draft", "difference", title=title, title_justify="left")
    for each in [*outcome["top_winners"], *reversed(outcome["top_losers"])]:
        live, draft = each["points"]["live"], each["points"]["draft"]
        table.add_row(each["member_id"] or "not a member yet", f"{live:,}", f"{draft:,}", f"{draft - live:+,}")
    return table


def _tiers(outcome: dict[str, Any]) -> Table:
    table = Table("Tier now", "under the draft", "members")
    for each in outcome["tiers"]:
        table.add_row(each["live"] or "none", each["draft"] or "none", f"{each['members']:,}")
    return table
