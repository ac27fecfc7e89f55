"""Rows: everything that knows SQLAlchemy. `from plugin.db import Session` is how others get it."""

from plugin.db.session import Database, DatabaseRefused, DatabaseUnavailable, Session

__all__ = ["Database", "DatabaseRefused", "DatabaseUnavailable", "Session"]
