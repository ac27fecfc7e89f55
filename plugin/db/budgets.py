"""The rows of campaign budgets: how many points each rule has given away, shop-wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugin.db.session import Session


def spent_for_update(session: Session, rule_ids: Sequence[str]) -> dict[str, int]:
    """What was given away of each of these budgets; nobody else takes of them until the transaction ends."""
    return dict(
        session.sql(
            "SELECT rule_id, spent FROM rule_budgets WHERE shop_id = %s AND rule_id = ANY(%s) ORDER BY rule_id FOR UPDATE",
            session.shop_id,
            list(rule_ids),
        )
    )


def spent(session: Session) -> dict[str, int]:
    """What was given away of every budget of the shop."""
    return dict(session.sql("SELECT rule_id, spent FROM rule_budgets WHERE shop_id = %s", session.shop_id))


def add(session: Session, changes: Mapping[str, int]) -> None:
    """So many more points are given away of each budget; fewer where they were given back."""
    if not changes:
        return
    session.sql(
        """
        INSERT INTO rule_budgets (shop_id, rule_id, spent)
        SELECT %s, v.rule_id, v.change FROM unnest(%s::text[], %s::bigint[]) v (rule_id, change)
        ON CONFLICT (shop_id, rule_id) DO UPDATE SET spent = rule_budgets.spent + excluded.spent
        """,
        session.shop_id,
        list(changes),
        list(changes.values()),
    )
