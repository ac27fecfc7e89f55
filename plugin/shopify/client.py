"""One shop's Admin GraphQL: every answer is one of done, refused, throttled, safe to repeat, perhaps done, or token gone.

Shopify says "throttled" in a 200, and a lost answer to a write may hide a write that happened; callers must never have to
guess. Reads are repeated a few times; writes only when it is certain that nothing was written.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx
import msgspec

from plugin import clock
from plugin.loyalty.errors import AccessDenied, Ambiguous, OutsideError, Refused, Throttled, Unauthorized, Unreachable
from plugin.shopify.wire import DEADLINE_SECONDS, deadline

ATTEMPTS: Final = 4
LONGEST_WAIT_SECONDS: Final = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rate:
    """The shop's bucket of query points as Shopify last told it, at `told_at` on the stopwatch."""

    available: float
    maximum: float
    restored_per_second: float
    told_at: float

    def available_now(self, stopwatch_seconds: float) -> float:
        """The points that are there now, when nobody else has spent any."""
        return min(self.maximum, self.available + (stopwatch_seconds - self.told_at) * self.restored_per_second)


class GraphqlClient:
    """Sends documents to one shop with one token. Every method raises a subclass of OutsideError and nothing else."""

    def __init__(
        self,
        url: str,
        access_token: str,
        *,
        transport: httpx.BaseTransport,
        sleep: Callable[[float], None] = time.sleep,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._url = url
        self._sleep = sleep
        self._deadline_seconds = deadline_seconds
        self._headers = {
            "X-Shopify-Access-Token": access_token,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "Regulars",
        }
        self._http = httpx.Client(
            transport=transport, follow_redirects=False, timeout=DEADLINE_SECONDS, trust_env=False
        )
        self.rate: Rate | None = None

    def read(
        self, document: str, variables: Mapping[str, Any] | None = None, *, withheld_is_null: bool = False
    ) -> dict[str, Any]:
        """The `data` of a query, asked again when throttled, unreachable or lost: reading twice harms nobody.

        With `withheld_is_null`, fields that Shopify keeps from us (protected data) come back as None instead of raising
        Unauthorized. A read that keeps failing is Unreachable: nothing can have been done by it.
        """
        try:
            return self._repeat(
                lambda: self._send(document, variables or {}, withheld_is_null=withheld_is_null),
                (Throttled, Unreachable, Ambiguous),
            )
        except Ambiguous as error:
            raise Unreachable(str(error)) from None

    def write(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of a mutation. Repeated only after Throttled and Unreachable; Ambiguous goes to the caller, to look up."""
        return self._repeat(lambda: self._send(document, variables, withheld_is_null=False), (Throttled, Unreachable))

    def pace(self, *, reserve_share: float = 0.5) -> None:
        """Wait until at least this share of the bucket is free, so that shoppers are served before a long read goes on."""
        if self.rate is None:
            return
        lacking = self.rate.maximum * reserve_share - self.rate.available_now(clock.stopwatch_seconds())
        if lacking > 0 and self.rate.restored_per_second > 0:
            self._sleep(min(LONGEST_WAIT_SECONDS, lacking / self.rate.restored_per_second))

    def _repeat(self, call: Callable[[], T], repeatable: tuple[type[OutsideError], ...]) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return call()
            except repeatable as error:
                wait = error.retry_after_seconds if isinstance(error, Throttled) else 0.2 * 2**attempt
                if wait > LONGEST_WAIT_SECONDS:
                    raise
                self._sleep(wait)
        return call()

    def _send(self, document: str, variables: Mapping[str, Any], *, withheld_is_null: bool) -> dict[str, Any]:
        content = msgspec.json.encode({"query": document, "variables": variables})
        with deadline(self._deadline_seconds):
            try:
                response = self._http.post(self._url, content=content, headers=self._headers)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
                raise Unreachable(f"Shopify was not reached: {type(error).__name__}") from None
            except httpx.HTTPError as error:
                raise Ambiguous(f"the answer was lost: {type(error).__name__}") from None
        _check_status(response)
        answer = _answer(response)
        self._remember_rate(answer)
        errors = answer.get("errors")
        data = answer.get("data")
        if errors:
            codes = _error_codes(errors)
            if not (withheld_is_null and isinstance(data, dict) and codes <= _WITHHELD):
                raise self._failure(answer, codes)
        if not isinstance(data, dict):
            raise Ambiguous("the answer holds no data")
        return data

    def _failure(self, answer: Mapping[str, Any], codes: frozenset[str]) -> OutsideError:
        if "THROTTLED" in codes:
            return Throttled(retry_after_seconds=self._seconds_until_affordable(answer))
        if "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes:
            return Ambiguous("Shopify failed inside")
        if codes & _WITHHELD:
            return AccessDenied("Shopify denies access to this")
        if "SHOP_INACTIVE" in codes:
            return Unreachable("the shop is not active")
        errors = answer["errors"]
        listed = errors if isinstance(errors, list) else [{"message": errors}]
        words = tuple((_code(error), str(_field(error, "message"))[:200]) for error in listed)
        return Refused("Shopify refused the request", errors=words)

    def _remember_rate(self, answer: Mapping[str, Any]) -> None:
        status = _cost(answer).get("throttleStatus")
        if isinstance(status, dict):
            try:
                self.rate = Rate(
                    available=float(status["currentlyAvailable"]),
                    maximum=float(status["maximumAvailable"]),
                    restored_per_second=float(status["restoreRate"]),
                    told_at=clock.stopwatch_seconds(),
                )
            except (KeyError, TypeError, ValueError):
                self.rate = None

    def _seconds_until_affordable(self, answer: Mapping[str, Any]) -> float:
        requested = _cost(answer).get("requestedQueryCost")
        if self.rate is None or self.rate.restored_per_second <= 0 or not isinstance(requested, int | float):
            return 1.0
        lacking = requested - self.rate.available
        return max(0.1, lacking / self.rate.restored_per_second)


def payload_of(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The payload of the mutation `name`. Raises Ambiguous when it is not there: then nobody knows what happened."""
    payload = data.get(name)
    if not isinstance(payload, dict):
        raise Ambiguous("the answer to the write is empty")
    return payload


def user_errors(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The (code, message) pairs that Shopify gives when it understood a write and did not do it."""
    errors = payload.get("userErrors")
    return tuple((str(_field(error, "code") or ""), str(_field(error, "message"))[:200]) for error in errors or ())


# --- Helpers ----------------------------------------------------------------------------------------------------------

_WITHHELD: Final = frozenset({"ACCESS_DENIED"})
_SECONDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}:
        raise Unauthorized(f"Shopify answered {status}")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(retry_after_seconds=retry_after_seconds(response))
    if response.is_redirect or status in {httpx.codes.PAYMENT_REQUIRED, httpx.codes.LOCKED}:
        raise Unreachable(f"Shopify answered {status}")
    if response.is_client_error:
        raise Refused(f"Shopify answered {status}")
    raise Ambiguous(f"Shopify answered {status}")


def retry_after_seconds(response: httpx.Response) -> float:
    """What the Retry-After header asks for in seconds; 1 when it is missing or is no plain number."""
    text = response.headers.get("retry-after", "")
    return float(text) if _SECONDS.fullmatch(text) else 1.0


def _answer(response: httpx.Response) -> dict[str, Any]:
    if "json" not in response.headers.get("content-type", ""):
        raise Ambiguous("the answer is not JSON")
    try:
        answer = msgspec.json.decode(response.content)
    except (ValueError, RecursionError):
        raise Ambiguous("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise Ambiguous("the answer is no GraphQL answer")
    return answer


def _error_codes(errors: object) -> frozenset[str]:
    return frozenset(_code(error) for error in errors) if isinstance(errors, list) else frozenset({""})


def _code(error: object) -> str:
    return str(_field(_field(error, "extensions"), "code") or "")


def _field(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _cost(answer: Mapping[str, Any]) -> dict[str, Any]:
    cost = _field(answer.get("extensions"), "cost")
    return cost if isinstance(cost, dict) else {}
