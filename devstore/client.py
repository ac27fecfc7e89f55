"""The Python side of the control API: what a test or the demo does to a running dev store, one line each.

    store = Client("http://127.0.0.1:9999")
    brew = store.add_shop("brew", currency="USD")
    order = brew.checkout([{"product": "espresso", "quantity": 2}], email="ann@example.com")
    brew.refund(order["id"], {order["line_items"][0]["id"]: 1})

Orders come back REST-shaped, as webhooks carry them. What the store refuses raises Refused with its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from devstore.control import PREFIX

Json = dict[str, Any]


class Refused(Exception):
    """The store would not. `refusal` has code, reason and message when a checkout refused a discount code."""

    def __init__(self, message: str, refusal: Json | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal


class Client:
    """A running dev store. Pass `http` (an httpx.Client with its base URL set) to speak to one in process."""

    def __init__(self, origin: str = "", *, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(base_url=origin, timeout=30.0, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def wait_until_ready(self, seconds: float = 10.0) -> None:
        """Return once the store answers. Raises TimeoutError."""
        until = monotonic() + seconds
        while monotonic() < until:
            try:
                self.ask("GET", "/ready")
            except httpx.TransportError:
                sleep(0.05)
            else:
                return
        raise TimeoutError("the dev store does not answer")

    def shops(self) -> list[Json]:
        """All shops."""
        return _list(self.ask("GET", "/shops"), "shops")

    def add_shop(self, domain: str, **settings: Any) -> ShopClient:
        """Open a shop; `settings` as World.add_shop takes them."""
        self.ask("POST", "/shops", {"domain": domain, **settings})
        return self.shop(domain)

    def shop(self, domain: str) -> ShopClient:
        """The shop with that domain or handle."""
        return ShopClient(self, domain)

    def now(self) -> datetime:
        """The store's time."""
        return datetime.fromisoformat(self.ask("GET", "/clock")["at"])

    def set_clock(self, at: datetime | None) -> None:
        """Stop the clock at an instant, or let it run again."""
        self.ask("PUT", "/clock", {"at": None if at is None else at.isoformat()})

    def advance(self, by: timedelta) -> None:
        """Step the clock forward."""
        self.ask("PUT", "/clock", {"advance_seconds": by.total_seconds()})

    def configure(self, **changes: Any) -> Json:
        """Change the store's Config (app_url, topics, include_fields, withholds_protected_data, ...)."""
        return self.ask("PATCH", "/config", changes)

    def add_fault(self, kind: str, operation: str = "*", **more: Any) -> None:
        """Put a fault in force: see devstore.faults.Fault."""
        self.ask("POST", "/faults", {"kind": kind, "operation": operation, **more})

    def set_delivery_faults(self, **chances: float) -> None:
        """Chances of drop, duplicate and delay: see devstore.faults.DeliveryFaults."""
        self.ask("PUT", "/faults/deliveries", chances)

    def clear_faults(self) -> None:
        """Everything works again."""
        self.ask("DELETE", "/faults")

    def deliveries(self, **wanted: str) -> list[Json]:
        """The log of deliveries, by `state` and `topic`; `body="1"` adds the bodies."""
        return _list(self.ask("GET", "/deliveries", params=wanted), "deliveries")

    def waiting(self) -> int:
        """How many deliveries are still under way."""
        return int(self.ask("GET", "/deliveries", params={"state": "none"})["waiting"])

    def wait_for_deliveries(self, seconds: float = 20.0) -> None:
        """Return once nothing is under way. Raises TimeoutError."""
        until = monotonic() + seconds
        while self.waiting():
            if monotonic() > until:
                raise TimeoutError(f"{self.waiting()} webhooks are still under way")
            sleep(0.02)

    def deliver_again(self, webhook_id: str) -> None:
        """Send a logged webhook once more, dropped ones too."""
        self.ask("POST", f"/deliveries/{webhook_id}/again")

    def pause_deliveries(self, *, paused: bool = True) -> None:
        """Hold every webhook back, or let them go."""
        self.ask("PUT", "/deliveries/paused", {"paused": paused})

    def ask(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Json:
        """One request to the control API. Raises Refused for what the store refuses."""
        content = msgspec.json.encode(body) if body is not None else None
        answer = self._http.request(method, PREFIX + path, content=content, params=params)
        told: Json = msgspec.json.decode(answer.content) if "json" in answer.headers.get("content-type", "") else {}
        if answer.is_error:
            raise Refused(told.get("error", f"{method} {path}: {answer.status_code}"), told.get("refusal"))
        return told


class ShopClient:
    """One shop of a running dev store."""

    def __init__(self, client: Client, domain: str) -> None:
        self._client = client
        self.handle = domain.partition(".")[0]
        self.domain = f"{self.handle}.myshopify.com"

    def facts(self) -> Json:
        """The shop's settings and the scopes granted."""
        return self._ask("GET", "")

    def update(self, **settings: Any) -> Json:
        """Change settings; sends shop/update."""
        return self._ask("PATCH", "", settings)

    def install(self, scopes: Sequence[str] | None = None) -> None:
        """Install the app."""
        self._ask("POST", "/install", {"scopes": scopes})

    def uninstall(self) -> None:
        """Remove the app."""
        self._ask("POST", "/uninstall")

    def set_scopes(self, scopes: Sequence[str]) -> None:
        """Change the granted scopes."""
        self._ask("POST", "/scopes", {"scopes": scopes})

    def redact(self) -> None:
        """Send shop/redact."""
        self._ask("POST", "/redact")

    def give_token(self, access_token: str | None = None) -> str:
        """A never-expiring access token, as a custom app has."""
        return str(self._ask("POST", "/tokens", {"access_token": access_token})["access_token"])

    def id_token(self, user_id: int = 1, lifetime: int = 60) -> str:
        """An ID token of a staff member."""
        return str(self._ask("POST", "/id-tokens", {"user_id": user_id, "lifetime": lifetime})["id_token"])

    def add_product(self, title: str, price: str | Decimal, **more: Any) -> Json:
        """A new product; `more` as Shop.add_product takes it."""
        return self._ask("POST", "/products", {"title": title, "price": price, **more})

    def products(self) -> list[Json]:
        """All products with their variants."""
        return _list(self._ask("GET", "/products"), "products")

    def add_collection(self, title: str, **more: Any) -> Json:
        """A new collection."""
        return self._ask("POST", "/collections", {"title": title, **more})

    def add_customer(self, email: str | None, **more: Any) -> Json:
        """A new customer."""
        return self._ask("POST", "/customers", {"email": email, **more})

    def customers(self) -> list[Json]:
        """All customers, with metafields and the ids of their orders."""
        return _list(self._ask("GET", "/customers"), "customers")

    def update_customer(self, customer_id: int, **changes: Any) -> Json:
        """Change a customer."""
        return self._ask("PATCH", f"/customers/{customer_id}", changes)

    def delete_customer(self, customer_id: int) -> None:
        """Delete a customer without orders."""
        self._ask("DELETE", f"/customers/{customer_id}")

    def merge_customers(self, *, keep_id: int, drop_id: int) -> None:
        """Merge one customer into another."""
        self._ask("POST", f"/customers/{drop_id}/merge", {"into": keep_id})

    def request_data(self, customer_id: int) -> None:
        """Send customers/data_request."""
        self._ask("POST", f"/customers/{customer_id}/data-request")

    def redact_customer(self, customer_id: int) -> None:
        """Send customers/redact."""
        self._ask("POST", f"/customers/{customer_id}/redact")

    def price(self, lines: Sequence[Json], **more: Any) -> Json:
        """What a cart costs, and which codes are refused and why."""
        return self._ask("POST", "/price", {"lines": lines, **more})

    def checkout(self, lines: Sequence[Json], **more: Any) -> Json:
        """Buy: lines of `product` (handle) or `variant_id` with `quantity`; `more` as Shop.checkout takes it."""
        return _order(self._ask("POST", "/orders", {"lines": lines, **more}))

    def order(self, order_id: int) -> Json:
        """One order, as it stands."""
        return _order(self._ask("GET", f"/orders/{order_id}"))

    def orders(self) -> list[Json]:
        """All orders."""
        return _list(self._ask("GET", "/orders"), "orders")

    def pay(self, order_id: int) -> Json:
        """Pay a pending order."""
        return _order(self._ask("POST", f"/orders/{order_id}/pay"))

    def refund(self, order_id: int, lines: Mapping[int, int] | None = None, **more: Any) -> Json:
        """Give back lines (id -> quantity), an amount, shipping, or everything."""
        asked = {} if lines is None else {"lines": {str(key): quantity for key, quantity in lines.items()}}
        return _order(self._ask("POST", f"/orders/{order_id}/refund", asked | more))

    def cancel(self, order_id: int, **more: Any) -> Json:
        """Cancel; `refund=False` keeps the money."""
        return _order(self._ask("POST", f"/orders/{order_id}/cancel", more))

    def edit(
        self, order_id: int, *, add: Sequence[Json] = (), remove: Mapping[int, int] | None = None, **more: Any
    ) -> Json:
        """Add lines, take units of lines away; `more` as Shop.edit takes it."""
        removed = {str(key): quantity for key, quantity in (remove or {}).items()}
        return _order(self._ask("POST", f"/orders/{order_id}/edit", {"add": list(add), "remove": removed, **more}))

    def set_customer(self, order_id: int, customer_id: int | None) -> Json:
        """Attach or change the order's customer."""
        return _order(self._ask("POST", f"/orders/{order_id}/customer", {"customer_id": customer_id}))

    def delete_order(self, order_id: int) -> None:
        """Delete an order."""
        self._ask("DELETE", f"/orders/{order_id}")

    def discounts(self) -> list[Json]:
        """The referee: every discount with its status and its uses."""
        return _list(self._ask("GET", "/discounts"), "discounts")

    def discount(self, code: str) -> Json | None:
        """The discount with that code."""
        return next((each for each in self.discounts() if (each["code"] or "").upper() == code.upper()), None)

    def write_discount(self, code: str | None, value: str | Decimal, **more: Any) -> Json:
        """A merchant's own discount; `percent=True` makes the value a fraction. `code` None is automatic."""
        return self._ask("POST", "/discounts", {"code": code, "value": value, **more})

    def deactivate_discount(self, discount_id: int) -> None:
        """End a discount."""
        self._ask("POST", f"/discounts/{discount_id}/deactivate")

    def _ask(self, method: str, path: str, body: Any = None) -> Json:
        return self._client.ask(method, f"/shops/{self.handle}{path}", body)


def _list(told: Json, key: str) -> list[Json]:
    found: list[Json] = told[key]
    return found


def _order(told: Json) -> Json:
    order: Json = told["order"]
    return order
