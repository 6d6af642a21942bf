"""Alerts, plans, and a carrier without a process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from carebot.alerts import Alert, AlertState
from carebot.escalation.delivery import Parcel
from carebot.escalation.plan import EscalationPlan
from carebot.escalation.spool import Fate, Result

NOW_S = 1_800_000_000.0


def alert(number: int = 1, **changes: Any) -> Alert:
    made = Alert(
        id=f"alert-{number}",
        kind="fall",
        state=AlertState.CONFIRMED,
        revision=1,
        raised_at_s=NOW_S,
        changed_at_s=NOW_S,
        down=True,
        confidence=0.9,
        reason_code="stayed_down",
        reason="dropped from standing to the floor in 0.6 s and has not moved since",
    )
    return replace(made, **changes)


def answered(of: Alert, by: str = "Ben") -> Alert:
    return replace(of, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, revision=of.revision + 1)


def plan(address: str = "json://localhost:1", **changes: Any) -> EscalationPlan:
    """Aiko first, Ben after 60 s, both at the last level, which repeats each 120 s."""
    content: dict[str, Any] = {
        "caregivers": [
            {"name": "Aiko", "language": "ja", "reach": {"phone": f"{address}/aiko", "tablet": "tablet"}},
            {"name": "Ben", "reach": {"phone": f"{address}/ben"}},
        ],
        "escalation": {
            "default": [
                {"tell": [{"who": "Aiko"}], "for_s": 60},
                {"tell": [{"who": "Ben"}], "for_s": 60},
                {"tell": [{"who": "Aiko", "by": ["phone"]}, {"who": "Ben"}], "for_s": 120},
            ]
        },
        **changes,
    }
    return EscalationPlan.model_validate(content)


@dataclass
class HandCarrier:
    """A carrier whose deliveries the test ends."""

    parcels: list[Parcel] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    is_new: bool = False

    def carry(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)
        self.fates[parcel.key] = Fate.UNDER_WAY

    def fate(self, key: str) -> Fate:
        return self.fates.get(key, Fate.NOT_BEGUN)

    def result(self, key: str) -> Result | None:
        return self.results.get(key)

    def tend(self) -> bool:
        is_same, self.is_new = not self.is_new, False
        return is_same

    def end_all(self, error: str = "", at_s: float = NOW_S) -> None:
        for key, fate in self.fates.items():
            if fate is Fate.UNDER_WAY:
                self.fates[key], self.results[key] = Fate.ENDED, Result(key, error, at_s)
