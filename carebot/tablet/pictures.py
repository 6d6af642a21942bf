"""The pictures of routines: one path of 24 by 24 each, in the colour of the text beside it."""

from __future__ import annotations

ICONS = {
    "fall_response": "M12 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM3 20l5-9 5 3 4-1 4 3v4z",
    "call_family": "M6 2l4 4-2 3c1 3 4 6 7 7l3-2 4 4-3 4C11 22 2 13 2 5z",
    "medication_reminder": "M7 3a5 5 0 0 1 7 0l7 7a5 5 0 0 1-7 7l-7-7a5 5 0 0 1 0-7zm1 6l6 6 3-3-6-6zM3 15h6v6H3z",
    "hydration_reminder": "M5 2h14l-2 20H7zm2.5 6l.3 4h8.4l.3-4z",
    "meal_reminder": "M5 2h2v7h1V2h2v9c0 1-1 2-2 2v9H6v-9c-1 0-2-1-2-2V2zm10 0c3 0 4 4 4 8v4h-2v8h-2z",
    "morning_check": "M12 7a5 5 0 0 1 5 5H7a5 5 0 0 1 5-5zM11 1h2v4h-2zM3 5l3 2-1 2-3-2zm18 0l1 2-3 2-1-2zM1 14h22v2H1z"
    "m4 4h14v2H5z",
    "night_patrol": "M14 2a10 10 0 1 0 8 14A9 9 0 0 1 14 2zM18 3h2v2h-2z",
    "goodnight": "M2 6h2v7h7V8h7a4 4 0 0 1 4 4v8h-2v-3H4v3H2zm5 2a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
    "come_here": "M12 2a7 7 0 0 1 7 7c0 5-7 13-7 13S5 14 5 9a7 7 0 0 1 7-7zm0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
    "guide_to_room": "M4 2h12v8h-2V4H6v16h8v-4h2v6H4zm10 7l6 4-6 4v-3H9v-2h5z",
    "visitor_greeting": "M5 2h14v20h-4v-8H9v8H5zm7 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "go_to_charger": "M13 1L4 14h6l-2 9 10-13h-6z",
    "battery_low": "M1 7h18v3h3v4h-3v3H1zm2 2v6h14V9zm1 1h4v4H4z",
    "exercise": "M12 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM2 4l2-2 6 7h4l6-7 2 2-6 8v10h-3v-6h-2v6H8V12z",
    "follow_me": "M17 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM14 9h6l2 6-2 1v6h-2v-6h-2v6h-2zM1 13h6v-3l5 4-5 4v-3H1z",
    "night_wandering": "M8 1a6 6 0 1 0 5 9A5 5 0 0 1 8 1zM18 5a2 2 0 1 1 0 5 2 2 0 0 1 0-5zM16 11h4l2 5-2 1v5h-2v-4l-2 "
    "4h-3l3-6z",
    "privacy_end": "M12 5c5 0 9 4 11 7-2 3-6 7-11 7S3 15 1 12c2-3 6-7 11-7zm0 2a5 5 0 1 0 0 10 5 5 0 0 0 0-10zm0 3a2 2 "
    "0 1 1 0 4 2 2 0 0 1 0-4z",
    "privacy_time": "M12 5c5 0 9 4 11 7-2 3-6 7-11 7S3 15 1 12c2-3 6-7 11-7zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 2l18 18"
    "-2 2L2 4z",
    "resident_reminder": "M12 1a2 2 0 0 1 2 2 7 7 0 0 1 5 7v6l2 3v1H3v-1l2-3v-6a7 7 0 0 1 5-7 2 2 0 0 1 2-2zM9 21h6a3 "
    "2 0 0 1-6 0z",
}
CLASS_ICONS = {
    "fall_response": "M11 3h2v12h-2zm0 15h2v3h-2z",
    "call": ICONS["call_family"],
    "scheduled": "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm-1 4v7l5 3 1-2-4-2V6z",
    "requested": "M4 4h16v12H9l-5 5z",
    "idle": "M6 4h4v16H6zm8 0h4v16h-4z",
}
"""Paths of 24 by 24; a routine of the site's own has that of its class."""


def icon(routine: str, priority: str = "") -> str:
    """The picture of a routine."""
    path = ICONS.get(routine) or CLASS_ICONS.get(priority, CLASS_ICONS["requested"])
    return f'<svg class="picture" viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="{path}"/></svg>'
