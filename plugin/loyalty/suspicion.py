"""Suspicion: a referral is judged by a score of signals with stated reasons, never by one thing that a household shares.

Personal data comes in as `Personal`, leaves as keyed hashes, and is compared as hashes alone; nothing here remembers it. Hashes of
one shop mean nothing in another: the key is the shop's (`shop_key`).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, Literal

from plugin.loyalty.program.referral import Suspicion

Kind = Literal["mailbox", "mail_like", "phone", "name", "address", "network", "device"]
Mark = tuple[str, bytes]
"""(kind, keyed hash) of something that was seen of a person."""


class Signal(StrEnum):
    """What speaks against a referral; the names are those of its weights in the program."""

    SAME_MAILBOX = "same_mailbox"
    SIMILAR_MAILBOX = "similar_mailbox"
    SAME_PERSON = "same_person"
    SAME_PHONE = "same_phone"
    SAME_NAME = "same_name"
    SAME_DEVICE = "same_device"
    SAME_ADDRESS = "same_address"
    SAME_NETWORK = "same_network"
    RING = "ring"
    VELOCITY = "velocity"
    FRIEND_TWIN = "friend_twin"
    FRIEND_CROWD = "friend_crowd"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or has things sent: the first line, the postal code, and the country in the shop's words."""

    street: str | None = None
    zip: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Personal:
    """What is seen of a person at one moment, in clear; it is hashed where it is read and goes no further."""

    names: Sequence[str] = ()
    mails: Sequence[str] = ()
    phones: Sequence[str] = ()
    addresses: Sequence[Address] = ()
    networks: Sequence[str] = ()
    devices: Sequence[str] = ()


def shop_key(key: bytes, shop_id: int) -> bytes:
    """The key that one shop's hashes are made with."""
    return hmac.digest(key, b"traces:%d" % shop_id, sha256)


def marks(seen: Personal, key: bytes) -> frozenset[Mark]:
    """The keyed hashes of what was seen; what is empty or no real value leaves none."""
    found: set[tuple[Kind, str]] = set()
    for mail in seen.mails:
        box = mailbox(mail)
        if box:
            found |= {("mailbox", box), ("mail_like", _without_number(box))}
    found |= {("phone", number) for number in map(phone_number, seen.phones) if number}
    found |= {("name", name) for name in map(full_name, seen.names) if name}
    found |= {("address", place) for place in map(address_line, seen.addresses) if place}
    found |= {("network", network) for network in map(network_of, seen.networks) if network}
    found |= {("device", device.strip()) for device in seen.devices if device.strip()}
    return frozenset((kind, hmac.digest(key, f"{kind}:{value}".encode(), sha256)[:16]) for kind, value in found)


def compare(friend: Iterable[Mark], advocate: Iterable[Mark]) -> frozenset[Signal]:
    """What the friend has in common with their advocate."""
    shared = {kind for kind, _ in set(friend) & set(advocate)}
    signals = {signal for kind, signal in _SHARED.items() if kind in shared}
    if Signal.SAME_MAILBOX in signals:
        signals.discard(Signal.SIMILAR_MAILBOX)
    if {Signal.SAME_NAME, Signal.SAME_ADDRESS} <= signals:
        signals -= {Signal.SAME_NAME, Signal.SAME_ADDRESS}
        signals.add(Signal.SAME_PERSON)
    return frozenset(signals)


def compare_friends(friend: Iterable[Mark], others: Iterable[Iterable[Mark]], *, crowd: int) -> frozenset[Signal]:
    """What the friend has in common with the advocate's other friends: one of them twice, or a place shared with `crowd` of them."""
    mine = set(friend)
    common = [{kind for kind, _ in mine & set(other)} for other in others]
    signals = set()
    if any("mailbox" in kinds or {"name", "address"} <= kinds for kinds in common):
        signals.add(Signal.FRIEND_TWIN)
    # A network alone makes no crowd: an office or a campus has one, and everybody in it.
    if any(sum(kind in kinds for kinds in common) >= crowd for kind in ("address", "device", "phone", "mail_like")):
        signals.add(Signal.FRIEND_CROWD)
    return frozenset(signals)


def score(signals: Iterable[str], terms: Suspicion) -> int:
    """What the signals weigh together."""
    weights = terms.weights.model_dump()
    return sum(int(weights[signal]) for signal in set(signals) if signal in weights)


def mailbox(mail: str) -> str:
    """The mailbox that an address leads to, so that its aliases are one: no tag, no dots where they mean nothing; "" for no address."""
    local, at, domain = mail.strip().casefold().rpartition("@")
    if not at or not local or "." not in domain:
        return ""
    domain = _ALIAS_DOMAINS.get(domain.rstrip("."), domain.rstrip("."))
    local = local.strip('"').partition("+")[0]
    if domain.startswith("yahoo."):
        local = local.partition("-")[0]
    if domain in _DOTLESS:
        local = local.replace(".", "")
    return f"{local}@{domain}" if local else ""


def phone_number(text: str) -> str:
    """The last nine digits, by which a number is the same with and without its country's code; "" for fewer than seven."""
    digits = re.sub(r"\D", "", text)
    return digits[-9:] if len(digits) >= 7 else ""  # noqa: PLR2004


def full_name(text: str) -> str:
    """First and last name in any order, case and accents; "" for a single word, which half a town is called."""
    words = sorted(_plain(text).split())
    return " ".join(words) if len(words) > 1 else ""


def address_line(address: Address) -> str:
    """Street, number, postal code and country without abbreviations, signs and accents; the flat's number is left out."""
    words = _plain(address.street or "").split()
    flat = next((place for place, word in enumerate(words) if place and word in _FLATS), len(words))
    street = "".join(_STREETS.get(word, word) for word in words[:flat])
    for long in _STREET_ENDINGS:  # "Lindenstraße 4" and "Linden Str. 4" are one street
        street = street.replace(long, "st")
    place = _plain(address.zip or "").replace(" ", "")
    return f"{street}|{place}|{(address.country or '').upper()}" if street and place else ""


def network_of(text: str) -> str:
    """The network an IP address belongs to for our purpose: an IPv4 address itself, the first half of an IPv6 one; "" for none."""
    try:
        ip = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _without_number(box: str) -> str:
    local, _, domain = box.rpartition("@")
    stem = re.sub(r"[\d._-]+$", "", local)
    return f"{stem or local}@{domain}"


def _plain(text: str) -> str:
    """Lower case letters and digits of any script, single spaces, no accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign for sign in split if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in kept).split())


_SHARED: Final[dict[str, Signal]] = {
    "mailbox": Signal.SAME_MAILBOX,
    "mail_like": Signal.SIMILAR_MAILBOX,
    "phone": Signal.SAME_PHONE,
    "name": Signal.SAME_NAME,
    "device": Signal.SAME_DEVICE,
    "address": Signal.SAME_ADDRESS,
    "network": Signal.SAME_NETWORK,
}
_ALIAS_DOMAINS: Final = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "ymail.com": "yahoo.com",
    "rocketmail.com": "yahoo.com",
}
_DOTLESS: Final = frozenset({"gmail.com", "proton.me"})
_STREETS: Final = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln",
    "boulevard": "blvd", "bd": "blvd", "court": "ct", "place": "pl", "platz": "pl", "square": "sq", "rue": "r",
}  # fmt: skip
_FLATS: Final = frozenset(
    {"apt", "apartment", "unit", "flat", "suite", "ste", "floor", "room", "whg", "wohnung", "appt"}
)
_STREET_ENDINGS: Final = ("strasse", "street")
