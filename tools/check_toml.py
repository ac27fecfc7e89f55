"""What Shopify's CLI does not check in shopify.app.toml: that topics and scopes exist, and that topics have theirs.

python -m tools.check_toml shopify.app.toml
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import shopify_schema

SCOPES_NEVER_NAMED = frozenset({"read_all_orders"})
COMPLIANCE_TOPICS = frozenset({"customers/data_request", "customers/redact", "shop/redact"})


def problems_in(config: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that Shopify would refuse or that could never work."""
    return [*_scope_problems(config), *_topic_problems(config), *_webhook_problems(config)]


def scopes_of(config: Mapping[str, Any]) -> frozenset[str]:
    """The scopes asked for, with the read scope that each write scope brings along."""
    section = config.get("access_scopes", {})
    asked = {scope.strip() for scope in section.get("scopes", "").split(",") if scope.strip()}
    asked |= set(section.get("optional_scopes", []))
    return frozenset(asked | {scope.replace("write_", "read_", 1) for scope in asked if scope.startswith("write_")})


def topics_of(config: Mapping[str, Any]) -> list[str]:
    """Every topic subscribed to, compliance topics included, in the file's order."""
    subscriptions = config.get("webhooks", {}).get("subscriptions", [])
    return [
        topic
        for subscription in subscriptions
        for topic in [*subscription.get("topics", []), *subscription.get("compliance_topics", [])]
    ]


def _scope_problems(config: Mapping[str, Any]) -> Iterator[str]:
    for scope in sorted(scopes_of(config) - shopify_schema.scopes() - SCOPES_NEVER_NAMED):
        yield f"There is no access scope {scope}."


def _topic_problems(config: Mapping[str, Any]) -> Iterator[str]:
    known = shopify_schema.topics()
    granted = scopes_of(config)
    for topic in topics_of(config):
        if topic in COMPLIANCE_TOPICS:
            continue
        found = known.get(shopify_schema.topic_key(topic))
        if found is None:
            yield f"There is no webhook topic {topic}."
        elif found.scopes and not found.scopes & granted:
            yield f"The topic {topic} needs one of the scopes {', '.join(sorted(found.scopes))}."


def _webhook_problems(config: Mapping[str, Any]) -> Iterator[str]:
    topics = topics_of(config)
    for topic in sorted({topic for topic in topics if topics.count(topic) > 1}):
        yield f"The topic {topic} is subscribed to twice."
    for topic in sorted(COMPLIANCE_TOPICS - set(topics)):
        yield f"The compliance topic {topic} is missing: Shopify requires it of every app."
    version = config.get("webhooks", {}).get("api_version")
    if version != shopify_schema.API_VERSION:
        yield f"The webhooks' api_version is {version}, the app speaks {shopify_schema.API_VERSION}."


def main(arguments: list[str]) -> int:
    """Print the problems of the named file; 1 when there are any."""
    problems = problems_in(tomllib.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    for problem in problems:
        print(f"{arguments[0]}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
