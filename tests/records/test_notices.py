"""Observations are kept once, walks become days, a change of gait is said when it means something, and time erases."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.records.gait_trend import CHANGE_M_S, LEAST_WALKS, gait_trend
from carebot.records.notices import DAY_S, KEPT_DAYS, WALKS_KEPT_DAYS, NoticeBook
from carebot.records.schema import open_records

NOON_S = datetime(2030, 5, 20, 12).astimezone().timestamp()
TODAY = date(2030, 5, 20)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[NoticeBook]:
    database = open_records(tmp_path / "records.sqlite", "a test")
    yield NoticeBook(database)
    database.close()


def stumble(notice_id: str, at_s: float) -> Recorded:
    return Recorded(notice_id, at_s, NoticedKind.NEAR_FALL, "stumbled", {"drop_bl": 0.12, "recovered_in_s": 0.7})


def walk(notice_id: str, at_s: float, speed_bl_s: float, **more: float) -> Recorded:
    return Recorded(notice_id, at_s, NoticedKind.WALK, "walked", {"speed_bl_s": speed_bl_s, **more})


def hear_weeks(book: NoticeBook, speeds_m_s: list[float], walks: int = 5) -> None:
    """So many walks a day, the last day today."""
    for back, speed in zip(range(len(speeds_m_s) - 1, -1, -1), speeds_m_s, strict=True):
        for number in range(walks):
            at_s = NOON_S - back * DAY_S + 60 * number
            assert book.hear(walk(f"{back}-{number}", at_s, speed / 1.6, speed_m_s=speed), NOON_S)


def test_what_is_heard_twice_is_kept_once_and_comes_back_whole(book: NoticeBook) -> None:
    for notice_id, at_s in (("a", NOON_S - 60), ("b", NOON_S), ("a", NOON_S)):
        assert book.hear(stumble(notice_id, at_s), NOON_S)
    assert book.recent(NOON_S) == [stumble("b", NOON_S), stumble("a", NOON_S - 60)]


def test_walks_are_folded_into_the_median_of_their_day(book: NoticeBook) -> None:
    heard = [walk("a", NOON_S, 0.4), walk("b", NOON_S, 0.6, speed_m_s=0.9), walk("c", NOON_S, 0.5, steps_per_s=1.7)]
    for each in [*heard, heard[0]]:
        book.hear(each, NOON_S)
    assert book.days(NOON_S) == [GaitDay("2030-05-20", 3, 0.5, 0.9, 1.7)]
    assert book.recent(NOON_S) == []


def test_a_day_without_metres_says_so(book: NoticeBook) -> None:
    book.hear(walk("a", NOON_S, 0.4), NOON_S)
    (day,) = book.days(NOON_S)
    assert math.isnan(day.speed_m_s)
    assert math.isnan(day.steps_per_s)


def test_numbers_that_are_none_are_not_kept(book: NoticeBook) -> None:
    book.hear(Recorded("a", NOON_S, NoticedKind.NEAR_FALL, "stumbled", {"drop_bl": math.nan, "s": math.inf}), NOON_S)
    assert book.recent(NOON_S)[0].numbers == {}


def test_a_slower_week_is_written_down_once(book: NoticeBook) -> None:
    hear_weeks(book, [0.9] * 28 + [0.7] * 7)
    (change,) = book.recent(NOON_S)
    assert change.kind is NoticedKind.GAIT_CHANGE
    assert change.reason_code == "walks_slower_m_s"
    assert change.numbers["before_m_s"] == pytest.approx(0.9)
    assert change.numbers["recent_m_s"] == pytest.approx(0.7)


def test_a_steady_walk_is_not(book: NoticeBook) -> None:
    hear_weeks(book, [0.9, 0.86] * 17)
    assert book.recent(NOON_S) == []


def test_walks_go_after_days_and_observations_after_a_year(book: NoticeBook, tmp_path: Path) -> None:
    book.hear(stumble("a", NOON_S), NOON_S)
    book.hear(walk("w", NOON_S, 0.5), NOON_S)
    for after_days, left in ((WALKS_KEPT_DAYS + 1, (1, 0, 1)), (KEPT_DAYS + 1, (0, 0, 0))):
        book.settle(NOON_S + after_days * DAY_S)
        with sqlite3.connect(tmp_path / "records.sqlite") as file:
            counts = [file.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES]
        file.close()
        assert tuple(counts) == left


TABLES = ("notices", "gait_walks", "gait_days")


def test_what_the_disk_does_not_take_waits_and_the_fault_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    database = open_records(path, "a test")
    book = NoticeBook(database)
    book.hear(stumble("a", NOON_S), NOON_S)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert not book.hear(stumble("b", NOON_S), NOON_S)
    assert str(path) in book.fault
    other.execute("ROLLBACK")
    other.close()
    assert book.settle(NOON_S)
    assert book.fault == ""
    assert {each.id for each in book.recent(NOON_S)} == {"a", "b"}
    database.close()


def test_records_of_before_get_the_new_tables_and_lose_nothing(tmp_path: Path) -> None:
    from carebot.records.database import Database
    from carebot.records.schema import MIGRATIONS

    path = tmp_path / "records.sqlite"
    old = Database(path, MIGRATIONS[:-1])
    with old.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO routine_finds VALUES ('Haru', 'kitchen', 8, 3)")
    old.close()
    database = open_records(path, "a test")
    assert NoticeBook(database).hear(stumble("a", NOON_S), NOON_S)
    with database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT times FROM routine_finds").scalar_one() == 3
    database.close()


def days_of(speeds: list[float], walks: int = 5, *, metric: bool = True) -> list[GaitDay]:
    """One day after the other, the last one today."""
    first = TODAY - timedelta(len(speeds) - 1)
    return [
        GaitDay((first + timedelta(n)).isoformat(), walks, speed / 1.65, speed if metric else math.nan)
        for n, speed in enumerate(speeds)
    ]


Speeds = st.floats(0.3, 1.5)


@given(
    usual=Speeds,
    noise=st.lists(st.floats(-0.049, 0.049), min_size=35, max_size=35),
    metric=st.booleans(),
)
def test_a_tremor_within_half_of_the_change_never_is_one(usual: float, noise: list[float], metric: bool) -> None:
    trend = gait_trend(days_of([usual + each for each in noise], metric=metric), TODAY.isoformat())
    assert trend is not None
    assert not trend.is_change


@given(usual=Speeds, change=st.floats(0.15, 0.25), slower=st.booleans(), noise=st.lists(
    st.floats(-0.02, 0.02), min_size=35, max_size=35))  # fmt: skip
def test_a_change_beyond_it_always_is_with_the_right_sign(
    usual: float, change: float, slower: bool, noise: list[float]
) -> None:
    sign = -1 if slower else 1
    speeds = [usual + each + (sign * change if n >= 28 else 0.0) for n, each in enumerate(noise)]
    trend = gait_trend(days_of(speeds), TODAY.isoformat())
    assert trend is not None
    assert trend.is_change
    assert trend.is_metric
    assert (trend.change < 0) == slower


@given(speeds=st.lists(Speeds, min_size=35, max_size=35), odd=st.integers(0, 27), value=st.floats(0.0, 100.0))
def test_one_wild_day_moves_the_weeks_before_by_no_more_than_their_middle(
    speeds: list[float], odd: int, value: float
) -> None:
    before = sorted(speeds[:28])
    wild = [value if n == odd else each for n, each in enumerate(speeds)]
    trend = gait_trend(days_of(wild), TODAY.isoformat())
    assert trend is not None
    assert before[12] <= trend.before <= before[15]


@settings(max_examples=50)
@given(speeds=st.lists(Speeds, min_size=35, max_size=35), shift=st.integers(0, 20))
def test_days_outside_of_the_five_weeks_and_their_order_do_not_matter(speeds: list[float], shift: int) -> None:
    inside = days_of(speeds)
    older = [GaitDay((TODAY - timedelta(35 + n)).isoformat(), 50, 9.0, 9.0) for n in range(shift)]
    later = [GaitDay((TODAY + timedelta(1)).isoformat(), 50, 9.0, 9.0)]
    assert gait_trend([*later, *reversed(inside), *older], TODAY.isoformat()) == gait_trend(inside, TODAY.isoformat())


@given(walks=st.integers(0, 5), recent=st.integers(0, 7), before=st.integers(0, 28))
def test_too_few_walks_or_days_say_nothing(walks: int, recent: int, before: int) -> None:
    days = days_of([0.9] * 28 + [0.5] * 7, walks)
    days = [*days[:before], *days[len(days) - recent :]] if recent else days[:before]
    known = gait_trend(days, TODAY.isoformat())
    enough = recent >= 3 and before >= 7 and min(recent, before) * walks >= LEAST_WALKS
    assert (known is not None) == enough
    assert known is None or known.change == pytest.approx(-0.4)


def test_the_stated_change_is_the_one_of_the_literature() -> None:
    assert CHANGE_M_S == 0.1
