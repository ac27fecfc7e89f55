"""What every admin page works with: the world, who is visiting, and the one way to answer with a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast

from flask import current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from plugin.admin.formats import Formats, formats_of
from plugin.admin.permissions import NAMES, needed_for
from plugin.db import Session
from plugin.db.tables import ShopDetails
from plugin.loyalty.errors import OutsideError, UnreadableFacts
from plugin.services.perform import World
from plugin.services.ports import Person, ShopifyShop
from plugin.services.staff import Role, is_enough
from plugin.settings import Settings

READ_AGAIN = "regulars.read_again"
"""The Flask extension that reads a kept body: plugin.app wires the webhook door in under this name."""

SAID = {
    "saved": "Saved",
    "launched": "Your program is live",
    "switched-off": "Your program is switched off",
    "draft-saved": "Saved in your draft",
    "draft-added": "Added to your draft",
    "draft-removed": "Removed from your draft",
    "draft-on": "Switched on in your draft",
    "draft-off": "Switched off in your draft",
    "draft-moved": "Moved in your draft",
    "draft-changed": "The draft was changed meanwhile: look at it before you publish",
    "draft-outdated": "Another version was published meanwhile: bring both together first",
    "published": "Published",
    "discarded": "Draft discarded",
    "brought-together": "Both are in your draft now",
    "nothing-to-publish": "There is nothing to publish",
    "restored": "Gone back: it is live as a new version",
    "adjusted": "Points changed",
    "goodwill-given": "Goodwill given",
    "reward-given": "Reward given",
    "pinned": "Tier set",
    "unpinned": "The earned tier is back",
    "blocked": "Blocked: earns nothing from now on",
    "unblocked": "Earns again",
    "merged": "The two members are one now",
    "forgotten": "Forgotten",
    "segment-saved": "Segment saved",
    "segment-deleted": "Segment deleted",
    "bulk-started": "Started",
    "bulk-undoing": "Being undone",
    "replied": "The answer is on its way",
    "cancelled": "The reward is being cancelled",
    "retried": "The order is being processed again",
    "checking": "The check has started",
    "trying-again": "It is being tried again",
    "task-done": "Marked as done",
    "task-cancelled": "Taken off the list; the points are on their way back",
    "decided": "Decision saved",
    "roles-started": "You are the owner now",
    "role-given": "Role saved",
    "role-removed": "Role taken away",
    "key-revoked": "The key opens nothing any more",
    "request-answered": "Noted as answered",
    "retention-saved": "Saved",
    "languages-read": "These are your store's languages",
    "test-sent": "The test was sent",
}
"""What a page says for a moment after something was done, by the word in its address: never text from the address itself."""


class Bell(Protocol):
    """Rings for the worker after a commit; never raises."""

    def ring(self, kind: Literal["inbox", "codes", "rest"], shop_id: int, domain: str) -> None:
        """There is work of this kind in this shop."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One verified request: which shop, which member of its staff, and when."""

    shop_id: int
    domain: str
    staff_id: int
    now: datetime
    details: ShopDetails
    role: Role = "owner"
    owners: str = ""
    """Whom to ask for another role; "" for an owner."""

    def may(self, endpoint: str) -> bool:
        """True when this visitor's role is enough to send something there; pages draw no button for anything else."""
        return is_enough(self.role, needed_for(endpoint))

    @property
    def author(self) -> str:
        """How this visitor is named in the books: an id, no name."""
        return f"staff:{self.staff_id}"

    @property
    def formats(self) -> Formats:
        """How this shop writes numbers, money and times."""
        return formats_of(self.details.locale, self.details.timezone, self.details.currency)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the pages need."""

    world: World
    settings: Settings
    bell: Bell
    handle_key: bytes

    def transaction(self) -> AbstractContextManager[Session]:
        """One transaction in the visited shop."""
        return self.world.database.transaction(visit().shop_id)

    def shopify(self) -> ShopifyShop:
        """The visited shop at Shopify; never with a transaction open. Raises OutsideError."""
        return self.world.shopify(visit().shop_id, visit().domain)

    def ring(self, kind: Literal["inbox", "codes", "rest"]) -> None:
        """Tell the worker of something in the visited shop."""
        self.bell.ring(kind, visit().shop_id, visit().domain)

    def read_again(self, topic: str, raw: bytes) -> bytes:
        """Read a kept webhook body into facts once more, by the webhook door. Raises UnreadableFacts."""
        read: Callable[[int, str, bytes], bytes] | None = current_app.extensions.get(READ_AGAIN)
        if read is None:
            raise UnreadableFacts("nobody here can read it")
        return read(visit().shop_id, topic, raw)

    def people(self, customer_ids: Sequence[int]) -> dict[int, Person] | None:
        """Names for a page; None when Shopify cannot be asked now, so that the page can say so."""
        if not customer_ids:
            return {}
        try:
            return self.shopify().people(customer_ids)
        except OutsideError:
            return None


def visit() -> Visit:
    """Who is asking."""
    return cast("Visit", g.visit)


def page(template: str, status: int = 200, **facts: Any) -> tuple[str, int]:
    """A page of the admin, with what all pages share."""
    visitor = visit()
    left_out: list[Role] = []

    def may(endpoint: str) -> bool:
        """Whether to draw what sends something there; the page says once that something was left out."""
        if not visitor.may(endpoint):
            left_out.append(needed_for(endpoint))
        return visitor.may(endpoint)

    shared = {
        "formats": visitor.formats,
        "details": visitor.details,
        "now": visitor.now,
        "said": SAID.get(request.args.get("said", "")),
        "may": may,
        "left_out": left_out,
        "visitor": visitor,
        "role_names": NAMES,
    }
    return render_template(f"admin/{template}", **shared, **facts), status


def go(endpoint: str, *, said: str | None = None, **values: Any) -> Response:
    """After something was done: on to a page, which says so."""
    return redirect(url_for(f"admin.{endpoint}", said=said, **values), code=303)
