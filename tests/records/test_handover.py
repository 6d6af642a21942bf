"""Handing an alert over: somebody is coming at every moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.alerts import Alert, Answer, AnswerOutcome, FallEvent, FallEventKind
from carebot.records import alert_store, schema
from carebot.records.alert_book import AlertBook, open_alert_book
from carebot.records.database import Database

NOW_S = 1.7e9


class Ward:
    """A book with one confirmed fall."""

    def __init__(self, path: Path) -> None:
        self.book: AlertBook = open_alert_book(path)
        event = FallEvent(FallEventKind.CONFIRMED, 1, 1, NOW_S, 0.9, "fell", "fell", {})
        self.id = self.book.hear("fall", event, seen_at_s=NOW_S, now_s=NOW_S).id

    @property
    def alert(self) -> Alert:
        (alert,) = self.book.recent(5)
        return alert

    def say(self, by: str, answer: Answer, to: str = "") -> AnswerOutcome:
        return self.book.answer(self.id, answer, by, "", now_s=NOW_S + 5, to=to)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(tmp_path / "records.sqlite")
    yield ward
    ward.book.close()


def test_nothing_changes_until_the_other_says_that_they_are_coming(ward: Ward):
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    assert ward.say("Aiko", Answer.HAND_OVER, "Ben").accepted
    assert (ward.alert.acknowledged_by, ward.alert.offered_to) == ("Aiko", "Ben")
    assert not ward.say("Chie", Answer.ACKNOWLEDGE).accepted
    assert ward.say("Ben", Answer.ACKNOWLEDGE).accepted
    assert (ward.alert.acknowledged_by, ward.alert.offered_to) == ("Ben", "")
    late = ward.say("Aiko", Answer.ACKNOWLEDGE)
    assert not late.accepted
    assert "Ben" in late.message


def test_the_question_can_be_taken_back_and_asked_of_somebody_else(ward: Ward):
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    ward.say("Aiko", Answer.HAND_OVER, "Ben")
    ward.say("Aiko", Answer.HAND_OVER, "Chie")
    assert not ward.say("Ben", Answer.ACKNOWLEDGE).accepted
    assert ward.say("Aiko", Answer.HAND_OVER, "  ").accepted
    assert ward.alert.offered_to == ""
    assert not ward.say("Chie", Answer.ACKNOWLEDGE).accepted


def test_asking_twice_changes_nothing(ward: Ward):
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    ward.say("Aiko", Answer.HAND_OVER, "Ben")
    revision = ward.alert.revision
    assert ward.say("Aiko", Answer.HAND_OVER, " Ben ").accepted
    assert ward.alert.revision == revision


@pytest.mark.parametrize(("by", "to", "word"), [("Ben", "Chie", "Aiko"), ("Aiko", "Aiko", "yourself")])
def test_only_whoever_comes_hands_over_and_not_to_themselves(ward: Ward, by: str, to: str, word: str):
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    refused = ward.say(by, Answer.HAND_OVER, to)
    assert not refused.accepted
    assert word in refused.message
    assert ward.alert.offered_to == ""


def test_what_nobody_has_taken_or_what_is_over_cannot_be_handed_over(ward: Ward):
    assert "Nobody is on the way" in ward.say("Aiko", Answer.HAND_OVER, "Ben").message
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    ward.say("Aiko", Answer.HAND_OVER, "Ben")
    ward.say("Aiko", Answer.REAL)
    assert ward.alert.offered_to == ""
    assert not ward.say("Aiko", Answer.HAND_OVER, "Ben").accepted


@pytest.mark.parametrize("name", ["x" * 201, "\u200b", "'; DROP TABLE alerts; --", "佐" * 200])
def test_strange_names_harm_nothing(ward: Ward, name: str):
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    ward.say("Aiko", Answer.HAND_OVER, name)
    assert ward.alert.acknowledged_by == "Aiko"
    assert ward.say("Aiko", Answer.REAL).accepted


def test_it_is_in_the_history_and_outlives_a_restart(tmp_path: Path):
    ward = Ward(tmp_path / "records.sqlite")
    ward.say("Aiko", Answer.ACKNOWLEDGE)
    ward.say("Aiko", Answer.HAND_OVER, "Ben")
    assert [(line.who, line.what, line.detail) for line in ward.book.history(ward.id)][-1] == (
        "Aiko",
        "hand_over",
        "Ben",
    )
    ward.book.close()
    again = open_alert_book(tmp_path / "records.sqlite")
    assert again.recent(1)[0].offered_to == "Ben"
    again.close()


def test_a_file_from_before_handing_over_is_taken_on(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    Ward(path).book.close()
    with sqlite3.connect(path) as old:
        old.execute("ALTER TABLE alerts DROP COLUMN offered_to")
        old.execute(f"PRAGMA user_version = {schema.MIGRATIONS.index(alert_store.add_offers)}")
    book = AlertBook(Database(path, schema.MIGRATIONS))
    assert book.recent(1)[0].offered_to == ""
    assert not book.fault
    book.close()
