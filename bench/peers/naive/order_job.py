"""One job for each order: load the customer's balance with the ORM, add an entry, commit."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Identity, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ["DATABASE_URL"])


class Base(DeclarativeBase):
    """Both tables of bench/peers/schema.sql."""


class Entry(Base):
    """Points for an order."""

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shop: Mapped[str]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger)


class Balance(Base):
    """A customer's points."""

    __tablename__ = "balances"
    shop: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


def award(shop: str, order: dict[str, Any]) -> None:
    """One point per unit of money, once per order."""
    points = int(sum((Decimal(line["price"]) * line["quantity"] for line in order["line_items"]), Decimal(0)))
    with Session(engine) as session, session.begin():
        if session.scalar(select(Entry.id).where(Entry.shop == shop, Entry.order_id == order["id"])) is not None:
            return
        balance = session.get(Balance, (shop, order["customer"]["id"]), with_for_update=True)
        if balance is None:
            balance = Balance(shop=shop, customer_id=order["customer"]["id"], points=0)
            session.add(balance)
        balance.points += points
        session.add(Entry(shop=shop, customer_id=order["customer"]["id"], order_id=order["id"], points=points))
