"""The pictures of README and docs: what is on each, taken of the demo as a person sees it, on a desk and in a hand.

A picture is stale when something it shows was changed after it was taken: `made-from.json` keeps a digest of those sources.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "pictures"
MADE_FROM: Final = FOLDER / "made-from.json"
SIZES: Final = {"desktop": (1280, 900), "phone": (390, 844)}

Who = Literal["member", "guest", "staff"]

SOURCES: Final[dict[Who, tuple[str, ...]]] = {
    "member": ("extensions", "plugin/storefront", "plugin/demo", "devstore/storefront"),
    "guest": ("extensions", "plugin/storefront", "plugin/demo", "devstore/storefront"),
    "staff": ("plugin/admin", "plugin/demo", "devstore/frame"),
}
"""What a picture of each shows; tests, tools and documents beside it are none of it."""


@dataclass(frozen=True)
class Picture:
    """One picture: who looks, at which address (below the shop, or below the app in the admin), and what they do there first."""

    name: str
    who: Who
    path: str
    first: Callable[[Page], None] | None = None


def digest(who: Who) -> str:
    """Of the sources of this person's pictures, as git knows them and as they stand in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SOURCES[who]],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    total = hashlib.sha256()
    for name in sorted(part.decode() for part in listed.split(b"\0") if part):
        path = ROOT / name
        if path.is_file():
            total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def stale(pictures: tuple[Picture, ...]) -> Iterator[str]:
    """What is wrong with the pictures as they stand, in sentences."""
    known = json.loads(MADE_FROM.read_text(encoding="utf-8")) if MADE_FROM.is_file() else {}
    for picture in pictures:
        for size in SIZES:
            if not (FOLDER / f"{picture.name}-{size}.png").is_file():
                yield f"docs/pictures/{picture.name}-{size}.png is missing"
    for who in sorted({picture.who for picture in pictures}):
        if known.get(who) != digest(who):
            yield f"pictures of what a {who} sees are older than what they show: run `make screenshots`"


def note() -> None:
    """The pictures were taken of the sources as they stand now."""
    MADE_FROM.write_text(json.dumps({who: digest(who) for who in sorted(SOURCES)}, indent=2) + "\n", encoding="utf-8")
