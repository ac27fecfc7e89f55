"""An order while it is being settled: what is known of it, what it should give, and what stands posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from plugin.loyalty.facts import OrderFacts
from plugin.loyalty.pins import Pins
from plugin.loyalty.rules import CompiledProgram, Outcome

Posted = dict[str, int]
"""What stands posted for an order: "member:part" -> points."""


@dataclass(slots=True)
class Judged:
    """One order under its row's lock. `target` is what it should give, `posted` what stands; the difference is posted.

    `waits_until` says of a part that it is pending until then at least.
    """

    id: int
    facts: OrderFacts
    before: bytes | None = None
    was: OrderFacts | None = None
    pins: Pins | None = None
    pins_raw: bytes | None = None
    pins_before: bytes | None = None
    posted: Posted = field(default_factory=dict)
    rev: int = 0
    member_id: int | None = None
    left_id: int | None = None
    has_referral: bool = False
    version: int | None = None
    program: CompiledProgram | None = None
    outcome: Outcome | None = None
    target: Posted = field(default_factory=dict)
    waits_until: dict[str, datetime] = field(default_factory=dict)
    waits_for: str | None = None
    referral_id: UUID | None = None

    @property
    def has_changed(self) -> bool:
        """True when the facts, the owner or the points are not what they were before this settlement."""
        return self.was != self.facts or self.target != self.posted or self.left_id != self.member_id
