"""The bell: everything that knows RQ and Redis. Redis only rings; PostgreSQL remembers, and the sweep finds what nobody rang for.

It counts as well, for how fast shoppers may ask (jobs.tally): a sum that may be lost at any moment.
"""

from jobs.bell import Bell
from jobs.tally import Tally

__all__ = ["Bell", "Tally"]
