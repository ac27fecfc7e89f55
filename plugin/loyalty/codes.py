"""Codes that shoppers type: repeatable for us, unguessable for others.

A code is a keyed hash of an id, so that a lost answer is asked for again by the same name. 80 bits, 16 characters without look-alikes.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 signs: with I, L, O and U left out, no two can be mistaken for each other."""


def derive(key: bytes, subject: UUID) -> str:
    """The discount code of a redemption or referral: 16 signs, 80 bits."""
    return _spell(hmac.digest(key, b"code:" + subject.bytes, sha256), 16)


def check_in_code(chance: UUID) -> str:
    """The code of an event, to be read aloud: 6 signs, a different one for every `chance`."""
    return _spell(sha256(chance.bytes).digest(), 6)


def handle(key: bytes, shop_id: int, member_id: int) -> str:
    """A member's referral handle: 10 signs that say nothing of who they are."""
    return _spell(hmac.digest(key, b"handle:%d:%d" % (shop_id, member_id), sha256), 10)


def tombstone(key: bytes, shop_id: int, customer_id: int) -> bytes:
    """What remains of an erased customer's id: enough to recognise it, not to read it."""
    return hmac.digest(key, b"tombstone:%d:%d" % (shop_id, customer_id), sha256)


def _spell(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest, "big")
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(length))
