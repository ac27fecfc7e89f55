"""A rehearsal's outcome for the merchant: each figure as it is and as it would be, winners and losers, and programs of others beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
class Mover:
    """One member who would gain or lose: points now and under the draft, and the difference with its sign."""

    name: str
    member_id: int | None
    live: str
    draft: str
    difference: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page shows.

    `spread` are (words, members, share of the most in per cent), `rates` (name, words, width in per cent, is ours), `moves` (tier now,
    tier under the draft, members). `gaining` and `losing` name those who are moved most, if any.
    """

    orders: str
    spend: str
    figures: tuple[Figure, ...]
    winners: str
    losers: str
    same: str
    spread: tuple[tuple[str, str, int], ...]
    gaining: tuple[Mover, ...]
    losing: tuple[Mover, ...]
    moves: tuple[tuple[str, str, str], ...]
    rates: tuple[tuple[str, str, int, bool], ...]
    warnings: tuple[str, ...]


def movers(found: Mapping[str, Any]) -> list[int]:
    """The members an outcome names."""
    moves = (*found["top_winners"], *found["top_losers"])
    return sorted({int(move["member_id"]) for move in moves if move["member_id"] is not None})


def read(
    found: Mapping[str, Any],
    draft: Program,
    live: Program,
    formats: Formats,
    peers: Sequence[Peer],
    *,
    name_of: Callable[[int], str],
) -> Outcome:
    """The outcome as plugin.loyalty.rehearsal concluded it, in the shop's numbers and the merchant's words."""
    members = found["members"] + found["bystanders"]
    same = members - found["winners"] - found["losers"]
    return Outcome(
        orders=f"{formats.number(found['orders'])} {'order' if found['orders'] == 1 else 'orders'}",
        spend=formats.money(Decimal(found["spend"])),
        figures=_figures(found, draft, formats),
        winners=formats.number(found["winners"]),
        losers=formats.number(found["losers"]),
        same=formats.number(same),
        spread=_spread(found["distribution"], formats),
        gaining=_movers(found["top_winners"], formats, name_of),
        losing=_movers(found["top_losers"], formats, name_of),
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
        *_for_friends(found, number, formats),
        Figure("Orders that earn", *number(found["earning_orders"])),
        Figure("Orders to the first reward", needed[0], needed[1], "for the member in the middle"),
        Figure("Members who got there", *number(first["reached"]), f"of {formats.number(first['members'])}"),
    )


def _for_friends(
    found: Mapping[str, Any], number: Callable[[Mapping[str, int]], tuple[str, str]], formats: Formats
) -> Iterator[Figure]:
    """What of the points referrals bring; nothing where nobody came by a link."""
    count = found["friends"]
    if count:
        friends = "1 friend" if count == 1 else f"{formats.number(count)} friends"
        yield Figure("Of these for referrals", *number(found["referral_points"]), f"for {friends} who came by a link")


def _percent(text: str | None, formats: Formats) -> str:
    return formats.percent(Decimal(text).quantize(Decimal("0.1"))) if text is not None else NONE


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


def _movers(moves: Sequence[Mapping[str, Any]], formats: Formats, name_of: Callable[[int], str]) -> tuple[Mover, ...]:
    found = []
    for move in moves:
        live, draft = move["points"]["live"], move["points"]["draft"]
        member_id = int(move["member_id"]) if move["member_id"] is not None else None
        name = name_of(member_id) if member_id is not None else "A customer who is no member yet"
        found.append(Mover(name, member_id, formats.number(live), formats.number(draft), formats.signed(draft - live)))
    return tuple(found)


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
