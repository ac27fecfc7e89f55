"""What the API answers about drafts, versions and rehearsals: one struct for each shape."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from plugin.loyalty.lint import Finding as LintFinding
from plugin.loyalty.program.differences import Difference as FieldDifference
from plugin.services import drafts, rehearse


class Finding(msgspec.Struct, frozen=True):
    """Something worth a look before the draft is published: its kind, where in the document, and a sentence."""

    kind: str
    where: str
    text: str


class Draft(msgspec.Struct, frozen=True):
    """The draft: the document, its revision (also the ETag), and the live version it was begun on.

    `begun` is false while nobody drafts anything: then `data` is the live program.
    """

    data: dict[str, Any]
    revision: int
    based_on: int
    begun: bool
    saved_at: datetime | None
    saved_by: str | None
    findings: list[Finding]


class VersionLine(msgspec.Struct, frozen=True):
    """A version in the list of them."""

    version: int
    published_at: datetime
    published_by: str
    is_live: bool


class Version(msgspec.Struct, frozen=True):
    """A published version with its document."""

    data: dict[str, Any]
    version: int
    published_at: datetime
    published_by: str


class Difference(msgspec.Struct, frozen=True):
    """One field (a dotted path; `rewards[coffee].title` for things with ids), before and after; null where it is absent."""

    path: str
    before: Any
    after: Any


class Compared(msgspec.Struct, frozen=True):
    """Under the live program and under the draft."""

    live: int
    draft: int


class ComparedMoney(msgspec.Struct, frozen=True):
    """Amounts in the shop's currency, under the live program and under the draft."""

    live: str
    draft: str
    currency: str


class ComparedText(msgspec.Struct, frozen=True):
    """Figures as text, under the live program and under the draft; null where there is none."""

    live: str | None
    draft: str | None


class MemberMove(msgspec.Struct, frozen=True):
    """A member's points under both programs; `member_id` is null for a customer who is no member yet."""

    member_id: str | None
    points: Compared


class Bucket(msgspec.Struct, frozen=True):
    """How many members gain or lose so many points: from `least` to `most` (null: no bound)."""

    least: int | None
    most: int | None
    members: int


class FirstReward(msgspec.Struct, frozen=True):
    """How many orders the median member needs to the first reward, how many members reached it, and whether it is out of reach."""

    orders: ComparedText
    reached: Compared
    members: int
    out_of_reach: bool


class TierMove(msgspec.Struct, frozen=True):
    """How many members have the one tier now and would move to the other were the draft published; null is none."""

    live: str | None
    draft: str | None
    members: int


class Warning(msgspec.Struct, frozen=True):  # noqa: A001 - the word a merchant reads
    """What to think about: a stable code, and a sentence."""

    code: str
    text: str


class Outcome(msgspec.Struct, frozen=True):
    """What the draft would have done with the orders and referrals of those days, beside the program that is live.

    `members` ordered, `bystanders` did not and got something for one of the `friends` who ordered by their link.
    """

    orders: int
    earning_orders: Compared
    members: int
    bystanders: int
    friends: int
    from_shopify: int
    inexact: Compared
    spend: str
    points: Compared
    referral_points: Compared
    cost: ComparedMoney
    liability: ComparedMoney
    cash_back_percent: ComparedText
    winners: int
    losers: int
    top_winners: list[MemberMove]
    top_losers: list[MemberMove]
    distribution: list[Bucket]
    first_reward: FirstReward
    tiers: list[TierMove]
    warnings: list[Warning]


class Rehearsal(msgspec.Struct, frozen=True):
    """A rehearsal: its state (asked, running, done), how far it is, and what came of it."""

    id: str
    state: str
    live_version: int
    since: datetime
    until: datetime
    done: int
    total: int | None
    asked_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None


def draft(found: drafts.Draft) -> Draft:
    """The draft as it stands."""
    return Draft(
        data=found.document,
        revision=found.revision,
        based_on=found.based_on,
        begun=found.is_begun,
        saved_at=found.saved_at,
        saved_by=found.saved_by,
        findings=[finding(each) for each in found.findings],
    )


def finding(found: LintFinding) -> Finding:
    """One finding of the linter."""
    return Finding(found.kind, found.where, found.text)


def version_line(found: drafts.Version, *, is_live: bool) -> VersionLine:
    """A line of the list of versions."""
    return VersionLine(found.number, found.published_at, found.published_by, is_live)


def version(found: drafts.Version) -> Version:
    """One version with its document."""
    return Version(found.document, found.number, found.published_at, found.published_by)


def difference(found: FieldDifference) -> Difference:
    """One field that differs."""
    return Difference(found.path, found.before, found.after)


def rehearsal(found: rehearse.Rehearsal) -> Rehearsal:
    """A rehearsal and, once it is done, what came of it."""
    return Rehearsal(
        id=str(found.id),
        state=found.state,
        live_version=found.live_version,
        since=found.since,
        until=found.until,
        done=found.done,
        total=found.total,
        asked_at=found.asked_at,
        finished_at=found.finished_at,
        outcome=msgspec.convert(found.outcome, Outcome) if found.outcome is not None else None,
    )
