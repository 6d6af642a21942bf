"""The schedule in words, and its days over a change of the clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from carebot.tablet.caring import OccurrenceView
from carebot.tablet.language import Texts
from carebot.tablet.timetable_words import bounds, by_day, due_words, span_words, written_date


@pytest.mark.parametrize(
    ("content", "language", "expected"),
    [
        ({"at": ["08:00", "20:00"]}, "en", "every day: 08:00, 20:00"),
        ({"at": ["08:00"], "days": ["fri", "mon"]}, "en", "Mon, Fri: 08:00"),
        ({"at": ["08:00"], "days": ["fri", "mon"]}, "ja", "月、金　08:00"),
        ({"every_s": 7200, "between": ["10:00", "18:00"]}, "fr", "toutes les 2 h, 10:00 – 18:00"),
        ({"every_s": 5400}, "ja", "90分ごと"),
        ({"every_s": 172_800}, "fr", "tous les 2 jours"),
        ({"every_s": 86_400}, "fr", "chaque jour"),
        ({"every_s": 3600}, "fr", "toutes les heures"),
        ({"every_s": 90}, "fr", "toutes les 1,5 min"),
        ({"every_s": 172_800}, "en", "every 2 days"),
        ({"every_s": 3600, "between": ["10:00", "18:00"]}, "ja", "10:00〜18:00の間、1時間ごと"),
        ({"cron": "0 1 * * *"}, "en", "by the line “0 1 * * *”"),
    ],
)
def test_when_an_entry_is_due_is_told_in_words(content: dict, language: str, expected: str):
    assert due_words(content, Texts(language)) == expected


def test_a_day_on_which_the_clock_changes_has_25_hours():
    since_s, until_s = bounds(date(2026, 10, 25), 1, "Europe/Paris")
    assert until_s - since_s == 25 * 3600


def test_what_comes_often_is_one_line_and_the_rest_stands_in_order():
    zone = ZoneInfo("Asia/Tokyo")

    def at(hour: int, entry: str, verdict: str = "planned") -> OccurrenceView:
        return OccurrenceView(entry, "r", datetime(2026, 6, 1, hour, tzinfo=zone).timestamp(), verdict)

    found = [at(9, "pill", "run"), *(at(hour, "water") for hour in range(10, 18)), at(20, "pill")]
    days = by_day(found, date(2026, 6, 1), 2, "Asia/Tokyo")
    assert [(line.first.entry, line.times) for line in days[date(2026, 6, 1)]] == [
        ("pill", 1),
        ("water", 8),
        ("pill", 1),
    ]
    assert days[date(2026, 6, 2)] == []


def test_one_day_is_one_and_dates_are_written_as_the_language_does():
    assert [span_words(86_400, Texts(each)) for each in ("en", "fr", "ja")] == ["1 day", "1 jour", "1日"]
    assert [written_date("2030-01-03", Texts(each)) for each in ("fr", "ja")] == ["3/1/2030", "2030年1月3日"]
    assert written_date("", Texts("fr")) == ""
