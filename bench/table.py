"""The table: each measure as a ratio against what it is compared with in the same run, and whether the figure was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `is_reached` is None for a figure that is only printed beside the others, or was skipped."""

    measure: str
    ours: str
    against: str
    ratio: str
    reach: str
    is_reached: bool | None

    @property
    def verdict(self) -> str:
        """In a word."""
        return {True: "reached", False: "missed", None: "–"}[self.is_reached]


def at_least(measure: str, ours: float, theirs: float, factor: float, *, unit: str, against: str) -> Row:
    """Ours must be at least `factor` times theirs."""
    ratio = ours / theirs if theirs else 0.0
    share = factor < 1
    return Row(
        measure,
        f"{ours:,.0f} {unit}",
        f"{against}: {theirs:,.1f}" if theirs < 100 else f"{against}: {theirs:,.0f}",
        f"{ratio:.1%}" if share else f"{ratio:,.1f} x",
        f"at least {factor:.0%}" if share else f"at least {factor:g} x",
        ratio >= factor,
    )


def at_most(measure: str, ours: float, theirs: float, factor: float, *, unit: str, against: str) -> Row:
    """Ours must be at most `factor` times theirs."""
    ratio = ours / theirs if theirs else float("inf")
    return Row(
        measure,
        f"{ours:,.3g} {unit}",
        f"{against}: {theirs:,.3g}",
        f"{ratio:.2f} x",
        f"at most {factor:.3g} x",
        ratio <= factor,
    )


def below(measure: str, ours: float, limit: float, *, unit: str, against: str = "") -> Row:
    """Ours must be at most `limit`."""
    return Row(measure, f"{ours:,.1f} {unit}", against, "", f"at most {limit:g} {unit}", ours <= limit)


def said(measure: str, ours: str, against: str = "", ratio: str = "") -> Row:
    """A figure printed beside the others."""
    return Row(measure, ours, against, ratio, "", None)


def skipped(measure: str, why: str) -> Row:
    """A measure that could not be taken here."""
    return Row(measure, "skipped", why, "", "", None)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| measure | Regulars | against | ratio | reach | |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {r.measure} | {r.ours} | {r.against} | {r.ratio} | {r.reach} | {r.verdict} |" for r in rows]
    return "\n".join(lines) + "\n"
