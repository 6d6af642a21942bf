"""Shares of a count, with the interval that so few or so many allow."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the bounds of the 95 % interval."""

    hits: int
    of: int
    share: float
    low: float
    high: float


def wilson(hits: int, of: int) -> Share:
    """E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927), for 95 %."""
    if of == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    z, p = 1.959964, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return Share(hits, of, p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))
