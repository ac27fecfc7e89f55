"""A member's time in words: one line for each thing that happened, with its points, its order, its code and who did it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plugin.admin.formats import Formats
from plugin.admin.members import words
from plugin.admin.words import REWARD_STATES, author
from plugin.db.changelog import Noted
from plugin.db.messages import Told
from plugin.db.timeline import Did, Given, Joining
from plugin.loyalty import referring
from plugin.loyalty import words as sentences
from plugin.loyalty.ledger import Move, Reason
from plugin.loyalty.program import Program
from plugin.loyalty.referral_words import reason_text
from plugin.services.members import EntryView
from plugin.services.timeline import Event, TierMove

PENDING: Final = frozenset(
    {Move.ACCRUE_PENDING, Move.CLAW_BACK_PENDING, Move.TRANSFER_PENDING_IN, Move.TRANSFER_PENDING_OUT}
)


@dataclass(frozen=True, slots=True)
class Said:
    """One line. `points` is what it changed, as text, `tone` its colour; `note` is the staff's, `shown` what the member reads."""

    icon: str
    text: str
    at: datetime
    points: str = ""
    tone: str = "auto"
    available: int | None = None
    note: str = ""
    shown: str = ""
    by: str = ""
    link: str = ""
    order_id: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells what happened. `orders` are names by id, `rewards` (title, code) by redemption, `answers` activities."""

    program: Program
    formats: Formats
    orders: Mapping[int, str]
    rewards: Mapping[str, tuple[str, str]]
    answers: Collection[int]
    now: datetime

    def line(self, event: Event) -> Said:
        """One event as a line."""
        match event.matter:
            case EntryView() as entry:
                return self._entry(entry)
            case Told() as message:
                return Said("email", words.told(message.kind, message.state, message.why), event.place.at)
            case Joining() as joining:
                return self._joining(joining)
            case TierMove() as move:
                return self._tier(move, event.place.at)
            case Given() as given:
                label, _ = REWARD_STATES.get(given.state, (given.state, ""))
                return Said("gift-card", f"Reward given: {given.title} ({label.lower()})", given.at, code=given.code)
            case Did() as did:
                return self._did(did)
            case Noted() as noted:
                return self._deed(noted)

    def _entry(self, entry: EntryView) -> Said:
        order = self.orders.get(entry.order_id) if entry.order_id is not None else None
        text = sentences.reason_text(entry.reason, order=order, what=entry.what, is_for_staff=True)
        title, code = self.rewards.get(entry.redemption_id or "", ("", ""))
        change = sentences.signed_points(entry.move, entry.points)
        points = self.formats.signed(change) if change else self.formats.number(entry.points)
        is_answer = entry.reason is Reason.ACTION and entry.subject_id in self.answers
        is_plain = change == 0 or entry.move in PENDING
        return Said(
            "star",
            f"{text}: {title}" if title else text,
            entry.occurred_at,
            points=f"{points} pending" if entry.move in PENDING else points,
            tone="neutral" if is_plain else "success" if change > 0 else "auto",
            available=entry.available,
            note=entry.note or "",
            shown=entry.shown or "",
            by=author(entry.author),
            link=f"/members/feedback/{entry.subject_id}" if is_answer else "",
            order_id=entry.order_id,
            code=code,
        )

    def _joining(self, joining: Joining) -> Said:
        state = referring.seen_at(
            joining.state,  # type: ignore[arg-type]
            holds_until=joining.holds_until,
            ends_at=joining.ends_at,
            now=self.now,
        )
        said = words.REFERRALS.get(state, state)
        if joining.reason and state in ("void", "blocked", "review"):
            said = f"{said}: {reason_text(joining.reason)}"
        if joining.is_friend:
            text, other = f"Came by a member's link ({said})", str(joining.advocate_id)
        else:
            text, other = f"A friend took the offer ({said})", str(joining.friend_id or "")
        link = f"/members/{other}" if other else ""
        by = author(joining.decided_by)
        return Said("person-add", text, joining.at, link=link, by=by, order_id=joining.order_id)

    def _tier(self, move: TierMove, at: datetime) -> Said:
        if move.tier is None:
            return Said("flag", f"{words.tier_title(self.program, move.before)} ended", at)
        until = f", until {self.formats.day(move.until)}" if move.until is not None else ""
        reason = words.TIER_REASONS.get(move.reason, move.reason)
        return Said("flag", f"Tier {words.tier_title(self.program, move.tier)} ({reason}{until})", at)

    def _did(self, did: Did) -> Said:
        action = self.program.action(did.action_id)
        title = action.title if action is not None else did.action_id
        return Said("check", f"{title} (undone)" if did.undone_at is not None else title, did.at)

    def _deed(self, noted: Noted) -> Said:
        facts = dict(noted.facts)
        if "tier" in facts:
            facts["tier"] = words.tier_title(self.program, str(facts["tier"]) if facts["tier"] else None)
        return Said("person", words.deed(noted.deed, facts), noted.noted_at, by=author(noted.author))
