"""A person's data, for a request of theirs: everything that is kept about a member, in one document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from plugin.db import Session
from plugin.services import (
    achievements,
    activities,
    birthdays,
    blocks,
    causes,
    expiry,
    explain,
    feedback,
    gifts,
    households,
    members,
    partners,
    redeem,
    referrals,
    surveys,
)

ENTRIES_A_PAGE = 500


def export(session: Session, member_id: int, *, handle_key: bytes, now: datetime) -> dict[str, Any]:
    """A JSON-like document (instants as ISO 8601, ids as strings). Raises MemberUnknown."""
    member = members.view(session, member_id, handle_key=handle_key, now=now)
    entries = _every_entry(session, member_id)
    names = explain.order_names(session, {entry.order_id for entry in entries if entry.order_id is not None})
    return {
        "exported_at": now.isoformat(),
        "member": {
            "id": str(member.id),
            "shopify_customer_id": str(member.customer_id) if member.customer_id is not None else None,
            "member_since": member.created_at.isoformat(),
            "points": {
                "pending": member.pending,
                "available": member.available,
                "held": member.held,
                "debt": member.debt,
            },
            "referral_code": member.referral_code or None,
        },
        "entries": [
            {
                "number": entry.seq,
                "movement": entry.move.word,
                "from": entry.move.source.value,
                "to": entry.move.target.value,
                "points": entry.points,
                "order": names.get(entry.order_id) if entry.order_id is not None else None,
                "occurred_at": entry.occurred_at.isoformat(),
                "note": entry.note,
                "note_for_member": entry.shown,
            }
            for entry in entries
        ],
        "rewards": [
            {
                "id": str(row.id),
                "title": row.title,
                "points": row.points,
                "state": row.state,
                "code": row.code,
                "created_at": row.created_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
            }
            for row in redeem.of_member(session, member_id, limit=1000)
        ],
        "partners": [
            {"partner": row.partner, "linked_at": row.linked_at.isoformat()}
            for row in partners.links_of(session, member_id)
        ],
        "expiry_warnings": [
            {"lapses_at": lapses_at.isoformat(), "days": days, "points": points}
            for lapses_at, days, points, _, _ in expiry.warnings(session, member_id)
        ],
        "birthday": birthdays.told(session, member_id),
        "activities": [
            {
                "action": row.action_id,
                "kind": row.kind,
                "points": row.points,
                "occurred_at": row.occurred_at.isoformat(),
                "taken_back_at": row.undone_at.isoformat() if row.undone_at is not None else None,
                "answers": surveys.answers_of(session, row.id) if row.kind == "survey" else None,
            }
            for row in activities.of_member(session, member_id, limit=10_000)
        ],
        "achievements": achievements.badges(session, member_id),
        "referrals": [
            {"state": state, "claimed_at": at.isoformat()}
            for state, at in referrals.seen_by_advocate(session, member_id, now=now, limit=1000)
        ],
        "kept_as_hashes": [
            {"kind": kind, "last_seen_at": at.isoformat()} for kind, at in referrals.kept_of(session, member_id)
        ],
        "household": _household(session, member_id),
        "gifts": [
            {
                "was_given": row.giver_id == member_id,
                "state": row.state,
                "points": row.points,
                "message": row.message,
                "created_at": row.created_at.isoformat(),
            }
            for row in gifts.of_member(session, member_id, limit=1000)
        ],
        "chosen_cause": causes.chosen(session, member_id, now=now),
        "blocks": [
            {
                "since": row.since.isoformat(),
                "until": row.until.isoformat() if row.until is not None else None,
                "words": row.words,
            }
            for row in blocks.every(session, member_id)
        ],
        "feedback_notes": feedback.notes_of(session, member_id),
    }


def _household(session: Session, member_id: int) -> dict[str, Any] | None:
    stake = households.stake_of(session, member_id)
    return None if stake is None else {"put_in": stake.put_in, "joined_at": stake.joined_at.isoformat()}


def _every_entry(session: Session, member_id: int) -> list[members.EntryView]:
    found: list[members.EntryView] = []
    before = None
    while page := members.entries(session, member_id, before=before, limit=ENTRIES_A_PAGE):
        found.extend(page)
        before = page[-1].seq
    return found
