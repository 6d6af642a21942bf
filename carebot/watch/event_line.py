"""An event as one JSON line."""

from __future__ import annotations

import json

from carebot.alerts import FallEvent


def event_line(event: FallEvent) -> str:
    """`event`, `time_s` from the start, `person`, `confidence`, `reason`, `evidence`, and what joins lines together."""
    return json.dumps(
        {
            "event": event.kind.value,
            "time_s": round(event.time_s, 3),
            "person": event.track_id,
            "confidence": round(event.confidence, 3),
            "reason": event.reason,
            "reason_code": event.reason_code,
            "fall": event.fall_id,
            "evidence": {name: round(value, 3) for name, value in event.evidence.items()},
        }
    )
