"""The launch: from when on orders count that were placed before the program was live."""

from __future__ import annotations

from plugin.loyalty.program.values import Instant, Part


class Launch(Part):
    """Orders placed since `counts_from`, before the program was ever live, earn by this version; None: orders count from now on.

    A welcome bonus is an action (sign_up), a window of double points a dated order rule.
    """

    counts_from: Instant | None = None
