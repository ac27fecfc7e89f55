"""How members are called on a page, with Shopify's names where they may be read, and without them everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from plugin.admin.desk import Desk
from plugin.services.ports import Person

Access = Literal["full", "withheld", "unreachable"]


@dataclass(frozen=True, slots=True)
class Names:
    """The people behind some customers. `access` says whether names can be read: withheld by Shopify, or Shopify not reachable now."""

    people: Mapping[int, Person]
    access: Access

    def person(self, customer_id: int | None) -> Person | None:
        """Who that customer is, as far as Shopify says."""
        return self.people.get(customer_id) if customer_id is not None else None

    def of(self, member_id: int, customer_id: int | None, *, is_erased: bool = False) -> str:
        """How a member is called: by name, else by e-mail address, else by number."""
        return called(member_id, customer_id, self.person(customer_id), is_erased=is_erased)

    def email(self, customer_id: int | None) -> str:
        """The e-mail address, "" where it cannot be read."""
        person = self.person(customer_id)
        return person.email or "" if person is not None else ""


def called(member_id: int, customer_id: int | None, person: Person | None, *, is_erased: bool = False) -> str:
    """As `Names.of`, for one person."""
    if is_erased:
        return f"Erased member {member_id}"
    if person is not None and (person.name or person.email):
        return person.name or person.email or ""
    return f"Customer #{customer_id}" if customer_id is not None else f"Member {member_id}"


def names(desk: Desk, customer_ids: Iterable[int | None]) -> Names:
    """Names for a page; never with a transaction open."""
    wanted = sorted({customer_id for customer_id in customer_ids if customer_id is not None})
    found = desk.people(wanted)
    if found is None:
        return Names({}, "unreachable")
    is_withheld = bool(found) and not any(person.name or person.email for person in found.values())
    return Names(found, "withheld" if is_withheld else "full")
