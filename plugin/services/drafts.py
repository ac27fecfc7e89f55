"""The draft: one a shop, edited by several people without overwriting each other, linted when saved, published as a whole.

A draft is a valid program that nobody lives by yet. Its revision grows with every save and with its publication, so that whoever
edited an older one is told, and told what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.db import Session, drafts, shops
from plugin.db.tables import DraftRow, ProgramVersion
from plugin.loyalty.errors import DraftConflict, DraftMissing, DraftOutdated, VersionUnknown
from plugin.loyalty.lint import Finding, lint
from plugin.loyalty.outside import Picked
from plugin.loyalty.program import Program, dump, parse
from plugin.loyalty.program.differences import Difference, differences, merged
from plugin.services import programs
from plugin.services.ports import ShopifyShop


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft as it stands; where nobody drafts anything, the live program under the revision that the next save follows."""

    document: dict[str, Any]
    revision: int
    based_on: int
    is_begun: bool
    saved_at: datetime | None
    saved_by: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of the program."""

    number: int
    document: dict[str, Any]
    published_at: datetime
    published_by: str


def read(session: Session) -> Draft:
    """The draft of the session's shop."""
    return _draft(session, drafts.find(session))


def save(
    session: Session,
    document: dict[str, Any],
    *,
    by: str,
    now: datetime,
    revision: int | None = None,
    based_on: int | None = None,
) -> Draft:
    """Keep this document as the draft, whatever the linter finds in it.

    `revision` is the one that was edited: raises DraftConflict, with what differs, when another was saved since. `based_on` says
    which live version the author had before them (default: as the draft had, or the live one for a new draft). Raises InvalidProgram.
    """
    program = parse(document)
    shops.lock(session)
    row = drafts.find(session, for_update=True)
    current = _draft(session, row)
    if revision is not None and revision != current.revision:
        found = [(it.path, it.after, it.before) for it in differences(current.document, dump(program))]
        raise DraftConflict(
            asked=revision, current=current.revision, by=current.saved_by or "nobody", differences=found
        )
    if based_on is None:
        based_on = current.based_on
    elif drafts.version(session, based_on) is None:
        raise VersionUnknown(version=based_on)
    row = drafts.save(session, revision=current.revision + 1, document=dump(program), based_on=based_on, by=by, now=now)
    return _draft(session, row)


def publish(session: Session, *, by: str, now: datetime, revision: int | None = None) -> tuple[Program, int]:
    """Make the draft the next version; there is none afterwards.

    Raises DraftMissing, DraftConflict (as `save`), and DraftOutdated, with what differs, when another version went live since it was begun.
    """
    shops.lock(session)
    row = drafts.find(session, for_update=True)
    if row is None or row.document is None:
        raise DraftMissing
    if revision is not None and revision != row.revision:
        raise DraftConflict(asked=revision, current=row.revision, by=row.saved_by, differences=[])
    live = programs.current(session)
    if live.version != row.based_on:
        now_live = dump(live.program)
        theirs = {it.path for it in compare(session, row.based_on, live.version)}
        both = [it for it in differences(now_live, row.document) if it.path in theirs]
        found = [(it.path, it.after, it.before) for it in both]
        raise DraftOutdated(based_on=row.based_on, live=live.version, differences=found)
    program = parse(row.document)
    version = programs.publish(session, program, by=by, now=now)
    drafts.save(session, revision=row.revision + 1, document=None, based_on=version, by=by, now=now)
    return program, version


def discard(session: Session, *, by: str, now: datetime) -> bool:
    """Forget the draft; the live program is what the next save follows. False when nobody drafted anything."""
    shops.lock(session)
    row = drafts.find(session, for_update=True)
    if row is None or row.document is None:
        return False
    live = programs.current(session)
    drafts.save(session, revision=row.revision + 1, document=None, based_on=live.version, by=by, now=now)
    return True


def catch_up(session: Session, *, by: str, now: datetime) -> Draft:
    """Bring the draft up to the version that is live: what changed there since is taken over, except where the draft says otherwise.

    Raises DraftMissing, and InvalidProgram where both together make no program.
    """
    shops.lock(session)
    row = drafts.find(session, for_update=True)
    if row is None or row.document is None:
        raise DraftMissing
    live = programs.current(session)
    document = merged(_side(session, row.based_on), dump(parse(row.document)), dump(live.program))
    return save(session, document, by=by, now=now, based_on=live.version)


def switch_off(session: Session, *, by: str, now: datetime) -> int:
    """Switch the live program off as the next version; the version that is then in force. A draft stays one, and is off as well."""
    shops.lock(session)
    row = drafts.find(session, for_update=True)
    document = dict(row.document) if row is not None and row.document is not None else None
    live = programs.current(session)
    if not live.program.is_live:
        return live.version
    version = programs.publish(session, live.program.model_copy(update={"is_live": False}), by=by, now=now)
    if row is not None and document is not None:
        based_on = version if row.based_on == live.version else row.based_on
        save(session, {**document, "is_live": False}, by=by, now=now, based_on=based_on)
    return version


def versions(session: Session, *, below: int | None = None, limit: int = 50) -> list[Version]:
    """The published versions, newest first."""
    return [_version(row) for row in drafts.versions(session, below=below, limit=limit)]


def version(session: Session, number: int) -> Version:
    """One published version. Raises VersionUnknown."""
    row = drafts.version(session, number)
    if row is None:
        raise VersionUnknown(version=number)
    return _version(row)


def restore(session: Session, number: int, *, by: str, now: datetime) -> tuple[Program, int]:
    """Publish an earlier version again, as the next one. Raises VersionUnknown, and InvalidProgram where it is valid no longer."""
    program = parse(version(session, number).document)
    return program, programs.publish(session, program, by=by, now=now)


def compare(session: Session, before: int | None, after: int | None) -> list[Difference]:
    """What differs between two versions; None stands for the draft. Raises VersionUnknown."""
    return differences(_side(session, before), _side(session, after))


def _side(session: Session, number: int | None) -> dict[str, Any]:
    if number is None:
        return read(session).document
    row = drafts.version(session, number)
    if row is None:
        raise VersionUnknown(version=number)
    return _today(row)


def _today(row: ProgramVersion) -> dict[str, Any]:
    """The version's document with every field that documents have today: a field that came later is no difference."""
    return dump(parse(row.document))


def gone(shopify: ShopifyShop, program: Program) -> frozenset[str]:
    """Products and collections that order rules name and the shop does not have ("product:1"). Raises OutsideError."""
    rules = [rule.conditions for rule in program.order_rules if rule.is_on]
    asked: dict[Picked, set[int]] = {
        "product": {number for one in rules for number in one.product_ids},
        "collection": {number for one in rules for number in one.collection_ids},
    }
    named = {f"{kind}:{number}" for kind, numbers in asked.items() for number in numbers}
    return frozenset(named - shopify.titles(asked).keys()) if named else frozenset()


def _draft(session: Session, row: DraftRow | None) -> Draft:
    live = programs.current(session)
    if row is None or row.document is None:
        document, based_on, is_begun = dump(live.program), live.version, False
    else:
        document, based_on, is_begun = dump(parse(row.document)), row.based_on, True
    return Draft(
        document=document,
        revision=row.revision if row is not None else 0,
        based_on=based_on,
        is_begun=is_begun,
        saved_at=row.saved_at if row is not None and is_begun else None,
        saved_by=row.saved_by if row is not None and is_begun else None,
        findings=tuple(lint(parse(document))),
    )


def _version(row: ProgramVersion) -> Version:
    return Version(row.version, row.document, row.published_at, row.published_by)
