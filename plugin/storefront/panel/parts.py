"""What a page of the panel is made of: a few kinds of parts, and what pressing one does. The panel draws them and knows nothing else.

Every text is plain text in the shopper's language; the panel sets it as text, never as markup. A place in an address or a text that
only the browser can fill in is written [like this].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

Part = dict[str, Any]
Act = dict[str, Any]
Icon = str
Tone = Literal["", "good", "bad"]


def page(
    name: str, title: str, *parts: Part | None, head: Part | None = None, back: str | None = "home", **more: Any
) -> Part:
    """One page. `head` is for pages with a tall one; `back` names the page that the arrow leads to, None for no arrow."""
    return {"name": name, "title": title, "head": head, "back": back, "parts": _kept(parts), **more}


# --- the head ------------------------------------------------------------------------------------------------------------


def balance(figure: str, word: str, *, label: str, chips: Iterable[str | None]) -> Part:
    """A number large, and what else there is of it."""
    return {"figure": figure, "word": word, "label": label, "chips": [chip for chip in chips if chip]}


def lead(text: str, under: str) -> Part:
    """A sentence large, and one below it."""
    return {"lead": text, "under": under}


# --- parts ---------------------------------------------------------------------------------------------------------------


def hero(icon: Icon, title: str, text: str = "") -> Part:
    """A drawing, the page's heading and a sentence."""
    return {"kind": "hero", "icon": icon, "title": title, "text": text}


def note(text: str, tone: Tone = "") -> Part:
    """Something to know."""
    return {"kind": "note", "text": text, "tone": tone}


def words(text: str) -> Part:
    """A quiet sentence."""
    return {"kind": "words", "text": text}


def facts(*told: tuple[Icon, str] | None) -> Part | None:
    """Short conditions, each with a drawing."""
    kept = [{"icon": one[0], "text": one[1]} for one in told if one is not None]
    return {"kind": "facts", "facts": kept} if kept else None


def lines(title: str, items: Sequence[Part | None], *, more: tuple[str, str] | None = None) -> Part | None:
    """A list below a heading, left out when empty; `more` is (label, page) of a longer one."""
    kept = _kept(items)
    if not kept:
        return None
    return {"kind": "lines", "title": title, "lines": kept, "more": {"label": more[0], **go(more[1])} if more else None}


def line(title: str, *, act: Act | None = None, **told: Any) -> Part:
    """One line: `icon`, `text` and `items` below the title, `code`, `figure` at the end with its `tone`, `meter` (0 to 1), `pill`.

    A line with an act can be pressed.
    """
    return {
        "title": title,
        **{name: value for name, value in told.items() if value not in (None, "", ())},
        **(act or {}),
    }


def card(*parts: Part | None) -> Part:
    """Parts in a frame."""
    return {"kind": "card", "parts": _kept(parts)}


def group(*parts: Part | None) -> Part:
    """Parts that belong together, without a frame."""
    return {"kind": "group", "parts": _kept(parts)}


def meter(done: float, whole: float) -> Part:
    """How far along; the words beside it say the same."""
    return {"kind": "meter", "share": share(done, whole)}


def share(done: float, whole: float) -> float:
    """A share from 0 to 1."""
    return round(max(0.0, min(1.0, done / whole)), 3) if whole > 0 else 1.0


def button(label: str, act: Act, *, look: str = "first", icon: Icon | None = None, busy: str | None = None) -> Part:
    """A button; `look` is first, second or plain, `busy` what it says while it works."""
    return {"kind": "button", "label": label, "look": look, "icon": icon, "busy": busy or label, **act}


def off(label: str) -> Part:
    """A button that cannot be pressed now."""
    return {"kind": "button", "label": label, "look": "first", "off": True}


def ticket(label: str, code: str) -> Part:
    """A code to use."""
    return {"kind": "ticket", "label": label, "code": code}


def copying(code: str) -> Part:
    """A button that copies a code."""
    return {"kind": "copying", "code": code}


def link(label: str, url: str, shown: str) -> Part:
    """An address to copy."""
    return {"kind": "link", "label": label, "url": url, "shown": shown}


def picture(source: str, text: str) -> Part:
    """A picture, and what it shows."""
    return {"kind": "picture", "source": source, "text": text}


def shares(items: Sequence[Part]) -> Part:
    """Buttons side by side."""
    return {"kind": "shares", "buttons": list(items)}


def form(fields: Sequence[Part], send: Part) -> Part:
    """Fields, and the button that sends them with its act's body."""
    return {"kind": "form", "fields": list(fields), "button": send}


def field(name: str, kind: str, label: str, **told: Any) -> Part:
    """A field: text, long, email, number, select, choice, scale or range. `options` are (value, label) pairs; `stops` a range's."""
    return {"name": name, "kind": kind, "label": label, **told}


# --- what pressing does --------------------------------------------------------------------------------------------------


def go(name: str) -> Act:
    """Show a page."""
    return {"go": name}


def visit(url: str) -> Act:
    """Follow a link out of the panel."""
    return {"href": url}


def post(path: str, body: Part, *, then: str, **how: Any) -> Act:
    """Change something, then show a page.

    `said` is told there; `intent` names what must not happen twice and lends the body its request_key; `ask` asks before;
    `shows` labels the code of the answer, which is then shown in place; `href` is a link followed at the same time; `keep`
    stores the answer's id with the invitation; `out_of_cart` is a code that leaves the cart; `cart_total` lends the body what the
    cart comes to, `device` the browser's own random name.
    """
    return {"post": path, "body": body, "then": then, **how}


def ask(text: str, yes: str, no: str) -> Part:
    """The question before something is done."""
    return {"text": text, "yes": yes, "no": no}


def _kept(parts: Iterable[Part | None]) -> list[Part]:
    return [part for part in parts if part is not None]
