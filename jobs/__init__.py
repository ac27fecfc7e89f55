"""The bell: everything that knows RQ and Redis. Redis only rings; PostgreSQL remembers, and the sweep finds what nobody rang for."""

from jobs.bell import Bell

__all__ = ["Bell"]
