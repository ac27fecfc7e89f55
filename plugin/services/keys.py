"""The keys that codes and marks are made with: derived or their own, never the client secret."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """`codes` makes discount codes and referral links, `tombstones` the marks of those who asked to be forgotten."""

    codes: bytes
    tombstones: bytes
