"""Counting together: how often somebody asked, over all web processes, in one short visit to Redis.

As with the bell, nothing hangs on it: what Redis forgets is forgotten, and when it does not answer nobody waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

ANSWER_SECONDS: Final = 0.1
QUIET_MS: Final = 5_000
"""So long nobody asks a Redis that has just not answered."""

_TAKE: Final = """
local now, wait = tonumber(ARGV[1]), 0
for place, key in ipairs(KEYS) do
  local burst, each = tonumber(ARGV[2 * place]), tonumber(ARGV[2 * place + 1])
  local full_at = math.max(tonumber(redis.call('GET', key) or now), now)
  local missing = full_at + each - now - burst * each
  if missing > 0 then
    wait = math.max(wait, missing)
  else
    redis.call('SET', key, string.format('%.0f', full_at + each), 'PX', string.format('%.0f', full_at + each - now))
  end
end
return wait
"""
"""A bucket is the moment at which it is full again, and gone by then."""

log = logging.getLogger("regulars.tally")


class Tally:
    """Buckets that all processes share. `url` None makes one that never counts."""

    def __init__(self, url: str | None) -> None:
        self._script = None
        self._quiet_until_ms = 0
        if url:
            retry = Retry(NoBackoff(), 0)
            redis = Redis.from_url(
                url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=retry
            )
            self._script = redis.register_script(_TAKE)

    def take(self, wants: Sequence[tuple[str, int, int]], now_ms: int) -> int | None:
        """Use one permission of each bucket (name, permissions, milliseconds until there is one more).

        Returns the longest wait in milliseconds, 0 when each bucket had one, and None when Redis did not answer. Never raises.
        """
        if self._script is None or now_ms < self._quiet_until_ms:
            return None
        keys = [f"regulars:pace:{name}" for name, _, _ in wants]
        try:
            return int(self._script(keys, [now_ms, *(figure for _, *figures in wants for figure in figures)]))
        except (RedisError, OSError) as error:
            self._quiet_until_ms = now_ms + QUIET_MS
            log.warning("not counted together, error=%s", type(error).__name__)
            return None
