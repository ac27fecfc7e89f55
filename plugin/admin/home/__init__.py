"""The first page, and the way from a fresh install to a launched program.

overview    figures, what waits for somebody, and the guide that finds out by itself what is done
starting    three questions, the program they propose, and what it would have cost
launching   from when orders count, what that does, and switching off
"""

from __future__ import annotations

from flask import Blueprint

from plugin.admin.desk import Desk
from plugin.admin.home import launching, overview, starting


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/`, `/start` and `/launch`."""
    overview.add_routes(blueprint, desk)
    starting.add_routes(blueprint, desk)
    launching.add_routes(blueprint, desk)
