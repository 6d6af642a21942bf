"""What is left of a day: of this resident, in words for their ears, and until midnight where they live."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from carebot.routines.day_plan import Spoken, rest_of_day
from carebot.routines.schedule import Entry, Pause

TOKYO = "Asia/Tokyo"
NOON_S = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(TOKYO)).timestamp()
ROUTINES = {
    "meal": Spoken("Meal", "resident"),
    "medicine": Spoken("Medicine", "who"),
    "resident_reminder": Spoken("Your reminder", "resident"),
    "go_to_charger": Spoken("Charging"),
}


def entry(name: str, routine: str, **more: Any) -> Entry:
    return Entry.model_validate({"id": name, "routine": routine, **more})


def told(*entries: Entry, pauses: tuple[Pause, ...] = (), now_s: float = NOON_S) -> list[tuple[time, str]]:
    return list(rest_of_day(entries, pauses, TOKYO, ROUTINES, ("Hana Sato", "Mrs Sato"), now_s))


def test_what_comes_today_is_told_in_its_order() -> None:
    meal = entry("meal", "meal", at=["18:00", "08:00"], **{"with": {"resident": "Hana Sato"}})
    tea = entry("tea", "meal", every_s=7200, between=["10:00", "17:00"])
    assert told(meal, tea) == [(time(14), "Meal"), (time(16), "Meal"), (time(18), "Meal")]


def test_nothing_of_tomorrow_is_told_however_late_it_is() -> None:
    midnight = entry("late", "meal", at=["00:00", "23:59"])
    assert told(midnight) == [(time(23, 59), "Meal")]
    assert told(midnight, now_s=NOON_S + 11.99 * 3600) == []


def test_another_residents_plan_and_the_robots_own_are_not_told() -> None:
    for_other = entry("other", "meal", at=["18:00"], **{"with": {"resident": "Taro Ito"}})
    for_robot = entry("robot", "go_to_charger", at=["18:00"])
    unknown = entry("unknown", "dance", at=["18:00"])
    called = entry("called", "meal", at=["18:00"], **{"with": {"resident": "Mrs Sato"}})
    assert told(for_other, for_robot, unknown) == []
    assert told(for_other, called) == [(time(18), "Meal")]


def test_a_reminder_is_in_their_own_words_and_no_medicine_is_named() -> None:
    flowers = entry("flowers", "resident_reminder", at=["15:00"], **{"with": {"what": "water the flowers"}})
    pill = entry("pill", "medicine", at=["20:00"], **{"with": {"who": "Hana Sato", "what": "Aricept"}})
    assert told(flowers, pill) == [(time(15), "water the flowers"), (time(20), "Medicine")]


def test_what_a_pause_leaves_out_and_what_is_off_is_not_told() -> None:
    meal = entry("meal", "meal", at=["18:00"])
    off = entry("off", "meal", at=["19:00"], enabled=False)
    later = entry("later", "meal", at=["20:00"], from_day="2026-03-03")
    hospital = Pause.model_validate({"first_day": "2026-03-02", "last_day": "2026-03-02", "reason": "hospital"})
    assert told(meal, off, later) == [(time(18), "Meal")]
    assert told(meal, pauses=(hospital,)) == []
