"""The launch: from when on orders count that were placed before the program was live, and who may try it until then."""

from __future__ import annotations

from plugin.loyalty.program.values import Instant, Part, Tag


class Launch(Part):
    """Orders placed since `counts_from`, before the program was ever live, earn by this version; None: orders count from now on.

    A welcome bonus is an action (sign_up), a window of double points a dated order rule. While the program is not live, customers
    who carry `test_tag` see it and take part in earnest, and nobody else does; once it is live the tag means nothing.
    """

    counts_from: Instant | None = None
    test_tag: Tag | None = None
