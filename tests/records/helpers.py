"""Falls to write about."""

from __future__ import annotations

from carebot.alerts import FallEvent, FallEventKind

NOW_S = 1_800_000_000.0


def fall_event(kind: str = "suspected", time_s: float = 10.0, **changes: object) -> FallEvent:
    values: dict[str, object] = {
        "kind": FallEventKind(kind),
        "fall_id": 1,
        "track_id": 4,
        "time_s": time_s,
        "confidence": 0.9,
        "reason_code": "dropped",
        "reason": "Dropped from standing to the floor in 0.6 s.",
        "evidence": {"drop_s": 0.6},
    }
    return FallEvent(**{**values, **changes})  # type: ignore[arg-type]
