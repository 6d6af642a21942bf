"""One figure of a benchmark: many values in one unit, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Figure:
    """`values` in `unit`; their 95th percentile is to be at most `target`, where there is one.

    Without values it did not take place, as where a robot hears nothing: it is missed, whatever was to be reached."""

    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None

    @property
    def median(self) -> float | None:
        return round(float(np.median(self.values)), 2) if self.values else None

    @property
    def p95(self) -> float | None:
        return round(float(np.percentile(self.values, 95)), 2) if self.values else None

    @property
    def is_met(self) -> bool:
        return self.p95 is not None and (self.target is None or self.p95 <= self.target)

    def content(self) -> dict[str, object]:
        """For machines."""
        numbers = {"median": self.median, "p95": self.p95, "worst": round(max(self.values), 2) if self.values else None}
        return {"unit": self.unit, "rounds": len(self.values), **numbers, "target": self.target, "ok": self.is_met}

    def __str__(self) -> str:
        if self.p95 is None or self.median is None:
            return f"{self.name:38} did not take place: NOT REACHED"
        words = f"{self.name:38} median {self.median:8.2f} {self.unit}, p95 {self.p95:8.2f} {self.unit}"
        if self.target is None:
            return words
        return f"{words}, at most {self.target:g}: {'good' if self.is_met else 'NOT REACHED'}"
