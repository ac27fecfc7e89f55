"""Peers: what other programs give back, as the merchant read on their pages, to be held beside the own program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from plugin.db import Session
from plugin.db import peers as peer_rows

PEERS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Peer:
    """A program by the name the merchant gave it, and the per cent of spending that it gives back."""

    name: str
    percent: Decimal


def read(session: Session) -> list[Peer]:
    """The peers in the merchant's order."""
    return [Peer(name, percent) for name, percent in peer_rows.read(session)]


def replace(session: Session, peers: Sequence[Peer]) -> None:
    """These and no others, PEERS_MAX at most."""
    peer_rows.replace(session, [(peer.name, peer.percent) for peer in peers[:PEERS_MAX]])
