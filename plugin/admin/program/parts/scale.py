"""Starting points are written once, for a shop that gives one point per dollar, and scaled to this shop's money and points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from plugin.admin.formats import Formats
from plugin.loyalty.program import Program, default_program


@dataclass(frozen=True, slots=True)
class Scale:
    """`unit`: what a dollar is here (100 for yen). `rate`: points that this program gives for one unit."""

    unit: Decimal
    rate: Decimal

    @classmethod
    def of(cls, program: Program, formats: Formats) -> Self:
        """The scale of this program; one without a base rate counts as one point per unit."""
        unit = default_program(formats.currency, is_live=False).earning.per
        earning = program.earning
        return cls(unit, earning.points / earning.per * unit if earning.points else Decimal(1))

    def money(self, dollars: int) -> str:
        """So many dollars in the shop's currency, as documents write money."""
        return format(self.unit * dollars, "f")

    def points(self, count: int) -> int:
        """So many points of a one-per-dollar program in points of this one: two digits that matter, and at least one point."""
        exact = count * self.rate
        step = Decimal(10) ** max(0, exact.adjusted() - 1)
        return max(1, int((exact / step).to_integral_value() * step))
