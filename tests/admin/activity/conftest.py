"""A shop in which things happened, and staff who look at them. Fixtures are those of the whole admin."""

from __future__ import annotations

from tests.admin.conftest import app, bell, settings, staff, stranger

__all__ = ["app", "bell", "settings", "staff", "stranger"]
