"""The verbs of the stories: one module a part of the program, one function a verb.

A verb is what the first word of a row's deed names. It gets the story and the words that follow, and does one thing through a real
door: at the dev store (`story.shop`), over REST (`story.api`), as a signed-in shopper behind the app proxy (`story.proxy`).

    @verb("check-in")                                       # @verb("undo", is_reversal=True): what takes something back
    def check_in(story: Story, event: str, code: str) -> list[str] | None:
        story.proxy("POST", "check-in", {"event": event, "code": code})
        return None                                         # None: tell the entries that were made; a list: tell that

A look is what a row expects after the balance, behind a semicolon; its first word names it, and it returns the phrase that it sees:

    @look("tags")                                           # available 50; tags vip
    def tags(story: Story, *expected: str) -> str:
        return f"tags {','.join(sorted(story.customer(story.who).tags)) or 'none'}"

Raise `Refused("code")` for what a door refused; `story.api` and `story.proxy` do it by themselves. The row then reads "refused code".
Modules of this package are imported by themselves; a name that is taken twice is a mistake.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.scenarios.stage import Story  # noqa: F401 - named in the docstring and in annotations of verbs

T = TypeVar("T")
Doing = Callable[..., "list[str] | None"]
Looking = Callable[..., str]


class Refused(Exception):
    """A door said no; `code` is the stable type of the answer."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code


@dataclass(frozen=True)
class Verb:
    """A verb: what it does, and whether it takes something back (a refund, a return, an undoing)."""

    do: Doing
    is_reversal: bool


VERBS: dict[str, Verb] = {}
LOOKS: dict[str, Looking] = {}


def verb(name: str, *, is_reversal: bool = False) -> Callable[[Doing], Doing]:
    """Register the function as the verb of that name."""

    def register(function: Doing) -> Doing:
        _take(VERBS, name, Verb(function, is_reversal))
        return function

    return register


def look(name: str) -> Callable[[Looking], Looking]:
    """Register the function as the look of that name."""

    def register(function: Looking) -> Looking:
        _take(LOOKS, name, function)
        return function

    return register


def load(*only: str) -> None:
    """Import the modules of this package (those of these names, or every one), so that their verbs are known."""
    for module in pkgutil.iter_modules(__path__):
        if not only or module.name in only:
            importlib.import_module(f"{__name__}.{module.name}")


def find(registry: dict[str, T], name: str) -> T:
    """The verb or look of that name, whichever module has it. Raises LookupError naming those that there are."""
    if name not in registry:
        load()
    if name not in registry:
        raise LookupError(f"nothing is called {name!r}; there are {', '.join(sorted(registry))}")
    return registry[name]


def _take(registry: dict[str, Any], name: str, thing: Any) -> None:
    if name in registry:
        raise ValueError(f"two functions are called {name!r}")
    registry[name] = thing
