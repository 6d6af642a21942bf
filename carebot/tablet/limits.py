"""Rate limits: each caller has a bucket that fills steadily and that every request empties by one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MOST_CALLERS = 10_000


@dataclass
class _Bucket:
    tokens: float
    at_s: float


class RateLimiter:
    """`per_s` requests a second for each caller, and `burst` at once."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, caller: str, now_s: float) -> float:
        """0 lets the request pass; else so many seconds until the next one would."""
        bucket = self._buckets.pop(caller, None) or _Bucket(self._burst, now_s)
        self._buckets[caller] = bucket
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) / self._per_s
        bucket.tokens -= 1.0
        return 0.0
