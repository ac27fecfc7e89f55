"""Who an account belongs to, for a page: names come from Shopify for this page only, and every page works without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.admin.desk import Desk
from plugin.services.activity_stream import Owner
from plugin.services.ports import Person


@dataclass(frozen=True, slots=True)
class Names:
    """The names on one page. `is_cut_off` when Shopify could not be asked for them."""

    owners: Mapping[int, Owner]
    people: Mapping[int, Person]
    is_cut_off: bool

    def of(self, member_id: int | None) -> str:
        """What this account is called."""
        owner = self.owners.get(member_id or 0)
        if owner is None:
            return f"Member {member_id}" if member_id is not None else "–"
        if owner.kind == "cause":
            return owner.title or "A cause"
        if owner.kind == "household":
            return f"Household {owner.member_id}"
        if owner.is_erased or owner.customer_id is None:
            return f"{'Erased member' if owner.is_erased else 'Member'} {owner.member_id}"
        person = self.people.get(owner.customer_id)
        return (person and (person.name or person.email)) or f"Customer #{owner.customer_id}"

    def link(self, member_id: int | None) -> str | None:
        """The address of their page; None for households and causes, which have none."""
        owner = self.owners.get(member_id or 0)
        return f"/members/{owner.member_id}" if owner is not None and owner.kind == "member" else None

    def person(self, member_id: int | None) -> Person | None:
        """What Shopify says of them."""
        owner = self.owners.get(member_id or 0)
        return self.people.get(owner.customer_id or 0) if owner is not None else None


def names(desk: Desk, owners: Iterable[Owner]) -> Names:
    """Ask Shopify who these are; never with a transaction open."""
    known = {owner.member_id: owner for owner in owners}
    customers = sorted(
        {owner.customer_id for owner in known.values() if owner.customer_id is not None and not owner.is_erased}
    )
    found = desk.people(customers)
    return Names(known, found or {}, is_cut_off=found is None)
