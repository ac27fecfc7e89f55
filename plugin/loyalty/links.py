"""Links that members share."""

from __future__ import annotations


def referral(host: str, handle: str) -> str:
    """An advocate's link to the storefront at `host`; plain HTTP only for a store on this computer, which has no certificate."""
    is_local = host.partition(":")[0].endswith(".localhost")
    return f"{'http' if is_local else 'https'}://{host}/?ref={handle}"
