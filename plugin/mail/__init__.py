"""OUTSIDE: everything that knows how mail looks and how it travels."""
