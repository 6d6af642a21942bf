"""Weeks of a resident who stumbles now and then and walks slower since a week, for the test server."""

from __future__ import annotations

from typing import Any


def weeks() -> dict[str, Any]:
    noticed = [
        {"ago_s": 90000, "kind": "near_fall", "code": "stumbled", "numbers": {"recovered_in_s": 0.7}},
        {"ago_s": 90001, "kind": "near_fall", "code": "stumbled", "numbers": {"recovered_in_s": 0.5}},
        {"ago_s": 90002, "kind": "rising_trouble", "code": "rising_from_seat", "numbers": {"tries": 3.0}},
        {"ago_s": 300000, "kind": "slow_descent", "code": "slid_down", "numbers": {"descent_s": 2.5}},
        {
            "ago_s": 400000,
            "kind": "gait_change",
            "code": "walks_slower_m_s",
            "numbers": {"before_m_s": 0.9, "recent_m_s": 0.72},
        },
    ]
    days = [
        {
            "ago_days": back,
            "walks": 8,
            "speed_bl_s": (0.45 if back < 7 else 0.55) + 0.01 * (back % 3),
            "speed_m_s": (0.72 if back < 7 else 0.9) + 0.01 * (back % 3),
            "steps_per_s": 1.6,
        }
        for back in range(40)
        if back % 9 != 5
    ]
    return {"noticed": noticed, "gait_days": days}
