"""One dev store in its parts, as its pages and the control API see it."""

from __future__ import annotations

from dataclasses import dataclass

from devstore.admin_api import AdminApi
from devstore.delivery import Deliveries
from devstore.faults import Faults
from devstore.world import World


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of one dev store."""

    world: World
    deliveries: Deliveries
    faults: Faults
    admin_api: AdminApi
