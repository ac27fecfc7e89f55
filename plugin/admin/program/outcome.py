"""A rehearsal's outcome for the merchant: each figure as it is and as it would be, winners and losers, and programs of others beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from plugin.admin.formats import Formats
from plugin.loyalty.program import Program
from plugin.services.peers import Peer

NONE: Final = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what it is, live and under the draft, and a word on it."""

    label: str
    live: str
    draft: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page shows.

    `spread` are (words, members, share of the most in per cent), `rates` (name, words, width in per cent, is ours), `top` (name,
    member id, points now, points under the draft, words), `moves` (tier now, tier under the draft, members).
    """

    orders: str
    spend: str
    figures: tuple[Figure, ...]
    winners: str
    losers: str
    same: str
    spread: tuple[tuple[str, str, int], ...]
    top: tuple[tuple[str, str | None, str, str, str], ...]
    moves: tuple[tuple[str, str, str], ...]
    rates: tuple[tuple[str, str, int, bool], ...]
    warnings: tuple[str, ...]


def read(found: Mapping[str, Any], draft: Program, live: Program, formats: Formats, peers: Sequence[Peer]) -> Outcome:
    """The outcome as plugin.loyalty.rehearsal concluded it, in the shop's numbers and the merchant's words."""
    members = found["members"]
    same = members - found["winners"] - found["losers"]
    return Outcome(
        orders=f"{formats.number(found['orders'])} {'order' if found['orders'] == 1 else 'orders'}",
        spend=formats.money(Decimal(found["spend"])),
        figures=_figures(found, draft, formats),
        winners=formats.number(found["winners"]),
        losers=formats.number(found["losers"]),
        same=formats.number(same),
        spread=_spread(found["distribution"], formats),
        top=(*_top(found["top_winners"], "gains", formats), *_top(found["top_losers"], "loses", formats)),
        moves=_moves(found["tiers"], draft, live, formats),
        rates=_rates(found["cash_back_percent"], peers, formats),
        warnings=tuple(one["text"] for one in found["warnings"]),
    )


def _figures(found: Mapping[str, Any], draft: Program, formats: Formats) -> tuple[Figure, ...]:
    points = draft.points_word(2)
    first = found["first_reward"]

    def money(pair: Mapping[str, str]) -> tuple[str, str]:
        return formats.money(Decimal(pair["live"])), formats.money(Decimal(pair["draft"]))

    def number(pair: Mapping[str, int]) -> tuple[str, str]:
        return formats.number(pair["live"]), formats.number(pair["draft"])

    def percent(pair: Mapping[str, str | None]) -> tuple[str, str]:
        return _percent(pair["live"], formats), _percent(pair["draft"], formats)

    needed = tuple(
        formats.number(int(each)) if each is not None else "never"
        for each in (first["orders"]["live"], first["orders"]["draft"])
    )
    return (
        Figure("Given back", *percent(found["cash_back_percent"]), "of what customers spent, if they use every point"),
        Figure("Cost", *money(found["cost"]), f"what these {points} are worth as rewards"),
        Figure("Outstanding", *money(found["liability"]), f"what all {points} of members would be worth"),
        Figure(f"{points.capitalize()} given", *number(found["points"])),
        Figure("Orders that earn", *number(found["earning_orders"])),
        Figure("Orders to the first reward", needed[0], needed[1], "for the member in the middle"),
        Figure("Members who got there", *number(first["reached"]), f"of {formats.number(first['members'])}"),
    )


def _percent(text: str | None, formats: Formats) -> str:
    return f"{formats.number(Decimal(text).quantize(Decimal('0.1')))} %" if text is not None else NONE


def _spread(buckets: Sequence[Mapping[str, Any]], formats: Formats) -> tuple[tuple[str, str, int], ...]:
    most = max((bucket["members"] for bucket in buckets), default=0) or 1
    return tuple(
        (
            _stretch(bucket["least"], bucket["most"], formats),
            formats.number(bucket["members"]),
            round(100 * bucket["members"] / most),
        )
        for bucket in buckets
    )


def _stretch(least: int | None, most: int | None, formats: Formats) -> str:
    """From so many to so many points more or less."""
    if least is None:
        return f"{formats.number(-(most or 0))} or more fewer"
    if most is None:
        return f"{formats.number(least)} or more extra"
    if least == most == 0:
        return "no difference"
    if most <= 0:
        return _between(-most, -least, "fewer", formats)
    return _between(least, most, "extra", formats)


def _between(low: int, high: int, word: str, formats: Formats) -> str:
    return f"{formats.number(low)} {word}" if low == high else f"{formats.number(low)}–{formats.number(high)} {word}"


def _top(
    moves: Sequence[Mapping[str, Any]], word: str, formats: Formats
) -> list[tuple[str, str | None, str, str, str]]:
    found = []
    for move in moves[:5]:
        live, draft = move["points"]["live"], move["points"]["draft"]
        name = f"Member {move['member_id']}" if move["member_id"] else "A customer who is no member yet"
        found.append(
            (
                name,
                move["member_id"],
                formats.number(live),
                formats.number(draft),
                f"{word} {formats.number(abs(draft - live))}",
            )
        )
    return found


def _moves(
    moves: Sequence[Mapping[str, Any]], draft: Program, live: Program, formats: Formats
) -> tuple[tuple[str, str, str], ...]:
    def title(program: Program, level_id: str | None) -> str:
        level = program.tiers.level(level_id)
        return level.title if level is not None else level_id or "No tier"

    return tuple(
        (title(live, move["live"]), title(draft, move["draft"]), formats.number(move["members"])) for move in moves
    )


def _rates(
    ours: Mapping[str, str | None], peers: Sequence[Peer], formats: Formats
) -> tuple[tuple[str, str, int, bool], ...]:
    """Bars side by side: the draft, the live program, and the others."""
    both = (("Your draft", ours["draft"]), ("Your live program", ours["live"]))
    ours_once = both if ours["draft"] != ours["live"] else (("Your program", ours["live"]),)
    lines = [(name, Decimal(text), True) for name, text in ours_once if text is not None]
    lines += [(peer.name, peer.percent, False) for peer in peers]
    most = max((percent for _, percent, _ in lines), default=Decimal(0)) or Decimal(1)
    return tuple(
        (name, _percent(str(percent), formats), round(100 * percent / most), is_ours)
        for name, percent, is_ours in lines
    )
