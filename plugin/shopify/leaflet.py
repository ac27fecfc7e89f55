"""The app's own data at a shop: metafields of its installation, which only the app writes and only its theme blocks read.

They need no definition and no scope, nobody sees them in the admin, and they go when the app is uninstalled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from plugin.loyalty.errors import Refused, Unreachable
from plugin.shopify import documents
from plugin.shopify.client import GraphqlClient, payload_of, user_errors

NAMESPACE: Final = "loyalty"
"""In Liquid: `app.metafields.loyalty.program.value`."""


def write(client: GraphqlClient, pages: Mapping[str, Any]) -> None:
    """All of it or nothing. Shopify takes 25 metafields at a time, and 128 KB in each."""
    owner = (client.read(documents.INSTALLATION).get("currentAppInstallation") or {}).get("id")
    if not isinstance(owner, str):
        raise Unreachable("Shopify did not say which installation this is")
    fields = [
        {
            "ownerId": owner,
            "namespace": NAMESPACE,
            "key": key,
            "type": "json",
            "value": json.dumps(page, ensure_ascii=False, separators=(",", ":")),
        }
        for key, page in pages.items()
    ]
    errors = user_errors(payload_of(client.write(documents.METAFIELDS_SET, {"metafields": fields}), "metafieldsSet"))
    if errors:
        raise Refused("Shopify did not take the program's pages", errors=errors)
