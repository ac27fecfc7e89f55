"""Reading a request: JSON that is really JSON, parameters that are known, and cursors that this API gave out.

Whatever cannot be meant is refused here, with the name of the field, before a verb or the database sees it.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar
from uuid import UUID

from flask import request
from pydantic import BaseModel, ValidationError

from plugin.api.problems import invalid, malformed
from plugin.loyalty.errors import MemberUnknown, OrderUnknown, RedemptionUnknown

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 100
BIGINT_MAX: Final = 2**63 - 1
DEPTH_MAX: Final = 32
KEY_HEADER: Final = "Idempotency-Key"

B = TypeVar("B", bound=BaseModel)


def json_object() -> dict[str, Any]:
    """The body as a JSON object whose values can all be stored. Raises Problem (400 unreadable, 422 naming the fields)."""
    raw = request.get_data(cache=False)
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise malformed(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise malformed("The body is nested too deeply.") from None
    except ValueError as error:
        raise malformed(f"The body is not JSON: {str(error).split(';')[0]}.") from None
    if not isinstance(value, dict):
        raise malformed("The body must be a JSON object.")
    if problems := list(_unstorable(value, "", DEPTH_MAX)):
        raise invalid(problems)
    return value


def body(model: type[B]) -> B:
    """The body as `model`. Raises Problem naming every field that is missing, unknown or wrong."""
    value = json_object()
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise invalid([(_path(item["loc"]), _sentence(item["msg"])) for item in found]) from None


def parameters(*known: str) -> dict[str, str]:
    """The query's parameters. Raises Problem for one that is not among `known` or is given twice."""
    problems = []
    for name, values in request.args.lists():
        if name not in known:
            allowed = f"known are {', '.join(known)}" if known else "this address takes none"
            problems.append((name[:100], f"There is no such parameter; {allowed}."))
        elif len(values) > 1:
            problems.append((name, "Give this parameter once."))
    if problems:
        raise invalid(problems, status=400)
    return {name: request.args[name] for name in request.args}


def limit_of(given: dict[str, str]) -> int:
    """How many items a page shall have, 1 to 100."""
    text = given.get("limit", str(LIMIT_DEFAULT))
    number = whole_number(text)
    if number is None or not 1 <= number <= LIMIT_MAX:
        raise invalid([("limit", f"Give a whole number from 1 to {LIMIT_MAX}.")], status=400)
    return number


def cursor_of(given: dict[str, str], listing: str) -> int | None:
    """Where the page starts, None for the first. A cursor of another listing is refused as any other garbage is."""
    text = given.get("next")
    if text is None:
        return None
    try:
        plain = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (binascii.Error, ValueError):
        plain = ""
    name, _, position = plain.rpartition(":")
    number = whole_number(position)
    if name != listing or number is None:
        raise invalid([("next", "This is not a `next` that this list gave.")], status=400)
    return number


def cursor(listing: str, position: int) -> str:
    """The opaque `next` that leads on from `position` of that listing."""
    return base64.urlsafe_b64encode(f"{listing}:{position}".encode("ascii")).decode("ascii").rstrip("=")


def whole_number(text: str) -> int | None:
    """A number from 0 to the largest bigint, or None. Only plain digits count."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > BIGINT_MAX:
        return None
    return int(text)


def member_id(text: str) -> int:
    """A member's id from a path. Raises MemberUnknown for text that can be none."""
    number = whole_number(text)
    if number is None:
        raise MemberUnknown(member_id=text)
    return number


def order_id(text: str) -> int:
    """A Shopify order's id from a path. Raises OrderUnknown for text that can be none."""
    number = whole_number(text)
    if number is None:
        raise OrderUnknown(order_id=text[:40])
    return number


def redemption_id(text: str) -> UUID:
    """A redemption's id from a path. Raises RedemptionUnknown for text that can be none."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise RedemptionUnknown(redemption_id=text)
    return UUID(text)


def idempotency_key(*, is_required: bool) -> str | None:
    """The client's Idempotency-Key. Raises Problem (400) when it is missing though required, or no key at all."""
    key = request.headers.get(KEY_HEADER)
    if key is None and not is_required:
        return None
    if key is None:
        wanted = "Send this header: a fresh random value for each redemption, the same one when you repeat it."
        raise invalid([(KEY_HEADER, wanted)], status=400)
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise invalid([(KEY_HEADER, "Give 1 to 255 visible ASCII characters.")], status=400)
    return key


def if_match() -> int | None:
    """The program version that the client edited; None when it did not say, or said that any will do."""
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    found = re.fullmatch(r'"?([0-9]{1,9})"?', text.strip())
    if found is None:
        raise invalid([("If-Match", 'Give the ETag that GET /api/v1/program answered, such as "3".')], status=400)
    return int(found[1])


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same name twice")
    return found


def _unstorable(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """(path, message) for what JSON allows and nothing here can mean: NUL, half characters, numbers out of range, absurd depth."""
    where = path or "body"
    match value:
        case dict() | list() if depth == 0:
            yield where, "This is nested too deeply."
        case dict():
            for name, inner in value.items():
                inside = f"{path}.{name}".lstrip(".")
                if not _is_text(name):
                    yield where, "A name in here holds a character that cannot be stored."
                else:
                    yield from _unstorable(inner, inside[:200], depth - 1)
        case list():
            for index, inner in enumerate(value):
                yield from _unstorable(inner, f"{path}.{index}".lstrip("."), depth - 1)
        case str() if not _is_text(value):
            yield where, "This text holds a character that cannot be stored."
        case bool():
            return
        case int() if not -BIGINT_MAX <= value <= BIGINT_MAX:
            yield where, "This number is out of range."
        case float() if not math.isfinite(value):
            yield where, "This number is out of range."


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].upper() + message[1:]
