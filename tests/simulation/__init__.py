"""A seeded world in one process: real verbs, a real PostgreSQL, the dev store, and everything that can go wrong at once."""
