"""Calls for help and what the resident answered: written down once, with the right alert, in any order."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from carebot.alerts import AlertState, Answer, Exchange, HelpCall
from carebot.records.alert_book import AlertBook, open_alert_book
from carebot.records.alert_store import add_exchanges
from carebot.records.schema import MIGRATIONS
from tests.records.helpers import NOW_S, fall_event

CALL = HelpCall("run-1", NOW_S, "助けて", "ja", "help", "voice")
FINE = Exchange(NOW_S + 5, "大丈夫ですか。", "ja", "fine", "大丈夫です", "voice", 2)


@pytest.fixture
def book(tmp_path: Path):
    opened = open_alert_book(tmp_path / "records.sqlite")
    yield opened
    opened.close()


def fall(book: AlertBook, kind: str = "confirmed", time_s: float = 10.0):
    return book.hear("a", fall_event(kind, time_s), seen_at_s=NOW_S, now_s=NOW_S)


def call(book: AlertBook, made: HelpCall = CALL, now_s: float = NOW_S + 1):
    return book.hear_call(made, now_s=now_s)


def test_a_call_for_help_is_an_alert_at_once_and_on_disk(tmp_path: Path, book: AlertBook) -> None:
    alert = call(book)
    assert (alert.kind, alert.state, alert.down) == ("help", AlertState.CONFIRMED, False)
    assert alert.reason == 'called for help: "助けて"'
    assert (alert.exchanges[0].heard, alert.exchanges[0].means) == ("助けて", "voice")
    assert book.history(alert.id)[0].what == "called"
    book.close()
    again = open_alert_book(tmp_path / "records.sqlite")
    assert again.open_alerts() == (alert,)
    assert call(again) is None  # told again by the latched topic
    assert again.open_alerts() == (alert,)
    again.close()


@pytest.mark.parametrize(("heard_at_m", "told"), [((7.5, 6.5), (7.5, 6.5)), (None, None), ((float("nan"), 6.5), None)])
def test_a_call_says_where_the_robot_heard_it(
    book: AlertBook, heard_at_m: tuple[float, float] | None, told: tuple[float, float] | None
) -> None:
    alert = call(book, replace(CALL, heard_at_m=heard_at_m))
    assert (alert.heard_at_m, alert.place_m) == (told, None)


def test_who_wants_a_caregiver_did_not_call_for_help(book: AlertBook) -> None:
    alert = call(book, replace(CALL, rule="wants_caregiver", words="看護師さんを呼んで"))
    assert alert.reason == 'asks for a caregiver: "看護師さんを呼んで"'
    assert alert.reason_code == "wants_caregiver"


def test_calls_while_caregivers_are_being_called_belong_to_that_alert(book: AlertBook) -> None:
    alert = fall(book)
    assert call(book).id == alert.id
    assert call(book) is None
    assert len(book.open_alerts()) == 1
    assert book.open_alerts()[0].state is AlertState.CONFIRMED
    assert book.history(alert.id)[-1].detail == 'called for help by voice: "助けて"'
    book.answer(alert.id, Answer.ACKNOWLEDGE, "Aiko", "", now_s=NOW_S + 2)
    newer = call(book, replace(CALL, id="run-2", at_s=NOW_S + 60))
    assert newer.id != alert.id  # somebody comes, and is called all the same: it sounds again
    assert call(book) is None  # the first call, told again: it is known from the fall


def test_a_fall_that_is_only_suspected_takes_no_call(book: AlertBook) -> None:
    fall(book, "suspected")
    assert call(book).kind == "help"
    assert len(book.open_alerts()) == 2


@pytest.mark.parametrize("order", ["after", "before"])
def test_what_was_answered_is_written_into_the_falls_record_and_ends_nothing(book: AlertBook, order) -> None:
    if order == "before":
        assert book.hear_exchange("a", FINE, now_s=NOW_S) is None
    alert = fall(book)
    if order == "after":
        book.hear_exchange("a", FINE, now_s=NOW_S)
    assert book.hear_exchange("a", FINE, now_s=NOW_S) is None
    [shown] = book.open_alerts()
    assert shown.exchanges == (FINE,)
    assert (shown.id, shown.state) == (alert.id, AlertState.CONFIRMED)
    line = book.history(alert.id)[-1]
    assert (line.who, line.what) == ("robot", "asked")
    assert line.detail == 'asked "大丈夫ですか。" (2 times); answer: fine by voice: "大丈夫です"'


def test_steps_of_the_fall_keep_what_was_said(book: AlertBook) -> None:
    fall(book, "suspected")
    book.hear_exchange("a", FINE, now_s=NOW_S)
    fall(book, "recovered", 20.0)
    [alert] = book.open_alerts()
    assert (alert.state, alert.exchanges) == (AlertState.RECOVERED, (FINE,))


def test_what_no_database_keeps_is_made_harmless(book: AlertBook) -> None:
    odd = HelpCall("a\ud800", float("nan"), "x" * 100_000 + "\0\ud800\n", "ja", "", "")
    alert = call(book, odd)
    assert len(alert.exchanges[0].heard) <= 500
    assert "\n" not in alert.reason
    assert call(book, odd) is None


def test_a_hundred_calls_fill_neither_the_list_nor_the_alert(book: AlertBook) -> None:
    for number in range(100):
        call(book, replace(CALL, id=f"run-{number}", at_s=NOW_S + number))
    [alert] = book.open_alerts()
    assert len(alert.exchanges) == 20
    assert alert.exchanges[-1].at_s == NOW_S + 99
    assert len(book.history(alert.id)) == 100


def test_a_file_from_before_gets_the_column(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    fall(book)
    book.close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE alerts DROP COLUMN exchanges")
        connection.execute(f"PRAGMA user_version = {MIGRATIONS.index(add_exchanges)}")
    connection.close()
    again = open_alert_book(path)
    again.hear_exchange("a", FINE, now_s=NOW_S)
    assert again.open_alerts()[0].exchanges == (FINE,)
    again.close()
