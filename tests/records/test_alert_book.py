"""The life of an alert, as caregivers rely on it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.alerts import Alert, AlertState, Answer, Verdict
from carebot.records.alert_book import AlertBook, open_alert_book
from tests.records.helpers import NOW_S, fall_event


@pytest.fixture
def book(tmp_path: Path):
    with_file = open_alert_book(tmp_path / "records.sqlite")
    yield with_file
    with_file.close()


def hear(book: AlertBook, kind: str, time_s: float = 10.0, fall: str = "a", **changes: object) -> Alert:
    return book.hear(fall, fall_event(kind, time_s, **changes), seen_at_s=NOW_S + time_s, now_s=NOW_S + time_s + 0.1)


def say(book: AlertBook, alert: Alert, answer: str, by: str = "Aiko", note: str = ""):
    return book.answer(alert.id, Answer(answer), by, note, now_s=NOW_S + 60)


@pytest.mark.parametrize("name", ["", "  ", "\t\n", "\u200b", "\x00"])
@pytest.mark.parametrize("answer", list(Answer))
def test_an_answer_without_a_name_is_refused(book: AlertBook, name: str, answer: Answer):
    alert = hear(book, "confirmed")
    outcome = book.answer(alert.id, answer, name, "", now_s=NOW_S)
    assert not outcome.accepted
    assert "name" in outcome.message
    assert outcome.alert == alert


def test_an_answer_to_nothing_is_refused(book: AlertBook):
    outcome = book.answer("'; DROP TABLE alerts; --", Answer.REAL, "Aiko", "", now_s=NOW_S)
    assert not outcome.accepted
    assert outcome.alert is None
    assert "no alert" in outcome.message


def test_a_name_that_is_too_long_is_refused_and_one_in_three_scripts_is_kept(book: AlertBook):
    alert = hear(book, "confirmed")
    assert not say(book, alert, "acknowledge", by="あ" * 301).accepted
    name = "山田 愛子 Aïko Ямада" * 8
    assert say(book, alert, "acknowledge", by=name).alert.acknowledged_by == name


def test_a_note_that_is_too_long_is_refused(book: AlertBook):
    outcome = say(book, hear(book, "confirmed"), "real", note="x" * 2001)
    assert not outcome.accepted
    assert "2001" in outcome.message


def test_suspected_then_confirmed_then_recovered(book: AlertBook):
    suspected = hear(book, "suspected", 10)
    confirmed = hear(book, "confirmed", 12, reason="Still down after 2 s.")
    recovered = hear(book, "recovered", 20, reason="Got up.")
    assert [alert.state.value for alert in (suspected, confirmed, recovered)] == ["suspected", "confirmed", "recovered"]
    assert [alert.revision for alert in (suspected, confirmed, recovered)] == [1, 2, 3]
    assert recovered.id == suspected.id
    assert (confirmed.down, recovered.down) == (True, False)
    assert recovered.reason == "Still down after 2 s."
    assert recovered.raised_at_s == NOW_S + 10
    assert book.open_alerts() == (recovered,)


def test_what_is_heard_twice_changes_nothing(book: AlertBook):
    first = hear(book, "suspected")
    assert hear(book, "suspected") == first
    assert len(book.history(first.id)) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(["suspected", "confirmed", "recovered"])))
def test_the_order_of_arrival_does_not_matter(book: AlertBook, order: tuple[str, ...]):
    times = {"suspected": 10.0, "confirmed": 12.0, "recovered": 20.0}
    alert = [hear(book, kind, times[kind]) for kind in order][-1]
    assert alert.state is AlertState.RECOVERED
    assert not alert.down
    assert alert.raised_at_s == NOW_S + 10


def test_acknowledged_stays_acknowledged_while_the_fall_goes_on(book: AlertBook):
    alert = hear(book, "suspected", 10)
    assert say(book, alert, "acknowledge").accepted
    later = hear(book, "confirmed", 12)
    assert later.state is AlertState.ACKNOWLEDGED
    assert later.acknowledged_by == "Aiko"
    assert not hear(book, "recovered", 15).down


def test_the_second_to_come_is_told_who_was_first(book: AlertBook):
    alert = hear(book, "confirmed")
    assert say(book, alert, "acknowledge", "Aiko").accepted
    late = say(book, alert, "acknowledge", "Ben")
    assert not late.accepted
    assert "Aiko" in late.message
    assert late.alert.acknowledged_by == "Aiko"


def test_the_first_to_resolve_wins(book: AlertBook):
    alert = hear(book, "confirmed")
    assert say(book, alert, "real", "Aiko", "Helped her up.").accepted
    for answer in Answer:
        late = say(book, alert, answer.value, "Ben")
        assert not late.accepted
        assert "Aiko" in late.message
    assert book.recent(10)[0].note == "Helped her up."
    assert book.open_alerts() == ()


def test_the_same_answer_twice_is_harmless(book: AlertBook):
    alert = hear(book, "confirmed")
    for answer in ("acknowledge", "real"):
        once = say(book, alert, answer).alert
        again = say(book, alert, answer)
        assert again.accepted
        assert again.alert == once


def test_who_resolves_without_acknowledging_is_taken(book: AlertBook):
    outcome = say(book, hear(book, "suspected"), "false_alarm")
    assert outcome.alert.state is AlertState.RESOLVED
    assert outcome.alert.verdict is Verdict.FALSE_ALARM


def test_a_false_alarm_that_is_confirmed_afterwards_comes_back_once(book: AlertBook):
    alert = hear(book, "suspected", 10)
    say(book, alert, "false_alarm")
    back = hear(book, "confirmed", 12)
    assert back.state is AlertState.CONFIRMED
    assert (back.resolved_by, back.verdict) == ("", None)
    say(book, alert, "false_alarm")
    assert hear(book, "confirmed", 12).state is AlertState.RESOLVED
    assert hear(book, "recovered", 30).state is AlertState.RESOLVED
    assert "raised_again" in [line.what for line in book.history(alert.id)]


def test_a_false_alarm_of_somebody_who_got_up_does_not_come_back(book: AlertBook):
    alert = hear(book, "suspected", 10)
    hear(book, "recovered", 14)
    say(book, alert, "false_alarm")
    assert hear(book, "confirmed", 12).state is AlertState.RESOLVED


def test_a_real_one_that_is_confirmed_afterwards_stays_resolved(book: AlertBook):
    alert = hear(book, "suspected", 10)
    say(book, alert, "real")
    assert hear(book, "confirmed", 12).state is AlertState.RESOLVED


def test_the_history_says_who_did_what_and_when(book: AlertBook):
    alert = hear(book, "suspected", 10)
    say(book, alert, "acknowledge", "Aiko", "on my way")
    say(book, alert, "real", "Ben", "bruise")
    lines = book.history(alert.id)
    assert [(line.who, line.what, line.detail) for line in lines] == [
        ("robot", "suspected", alert.reason),
        ("Aiko", "acknowledge", "on my way"),
        ("Ben", "real", "bruise"),
    ]
    assert [line.revision for line in lines] == [1, 2, 3]
    assert lines[1].at_s == NOW_S + 60


def test_everything_is_there_after_a_restart(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    first = hear(book, "confirmed", 10, "a")
    say(book, first, "acknowledge", "愛子", "すぐ行きます")
    hear(book, "suspected", 20, "b")
    before = book.recent(10)
    book.close()
    again = open_alert_book(path)
    assert again.recent(10) == before
    assert [alert.raised_at_s for alert in before] == [NOW_S + 20, NOW_S + 10]
    again.close()


def test_open_alerts_are_never_dropped_from_the_list(book: AlertBook):
    for number in range(12):
        hear(book, "confirmed", number, f"fall {number}")
    say(book, book.recent(1)[0], "real")
    assert len(book.recent(3)) == 11
    assert len(book.recent(12)) == 12


def test_an_old_resolved_alert_is_remembered_however_many_came_since(book: AlertBook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("carebot.records.alert_book.KEPT_IN_MEMORY", 2)
    for number in range(5):
        say(book, hear(book, "confirmed", number, f"fall {number}"), "real")
    assert len(book.recent(10)) == 2
    assert hear(book, "confirmed", 0, "fall 0").state is AlertState.RESOLVED
    assert hear(book, "recovered", 9, "fall 0").state is AlertState.RESOLVED


def test_numbers_and_text_that_no_database_takes_do_not_stop_the_alert(book: AlertBook):
    alert = hear(book, "suspected", 10, "\ud800", confidence=float("nan"), reason="a\udfffb\0", evidence={"x": 1e400})
    assert book.fault == ""
    assert alert.confidence == 0.0


steps = st.lists(
    st.tuples(
        st.sampled_from(["suspected", "confirmed", "recovered", "acknowledge", "real", "false_alarm"]),
        st.sampled_from(["Aiko", "Ben", ""]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_whatever_happens_only_a_named_person_ends_an_alert(tmp_path_factory: pytest.TempPathFactory, steps):
    book = open_alert_book(tmp_path_factory.mktemp("book") / "records.sqlite")
    alert, revision = hear(book, "suspected"), 1
    for number, (what, by) in enumerate(steps):
        if what in ("suspected", "confirmed", "recovered"):
            alert = hear(book, what, 10.0 + number)
        else:
            alert = say(book, alert, what, by).alert
        assert revision <= alert.revision <= revision + 1
        revision = alert.revision
        assert alert.is_open or alert.resolved_by in ("Aiko", "Ben")
        assert len(book.history(alert.id)) == revision
    path = book._database.path
    book.close()
    reopened = open_alert_book(path)
    assert reopened.recent(5) == (alert,)
    reopened.close()


@pytest.mark.parametrize(("code", "other"), [("long_lie", "long_lie_unseen"), ("long_lie_unseen", "long_lie")])
def test_a_long_lie_is_news_of_a_confirmed_fall_once(book: AlertBook, code: str, other: str):
    hear(book, "suspected", 10.0)
    confirmed = hear(book, "confirmed", 12.0)
    long = hear(book, "confirmed", 70.0, reason_code=code)
    assert long.revision == confirmed.revision + 1
    assert (long.state, long.reason_code) == (AlertState.CONFIRMED, code)
    assert hear(book, "confirmed", 70.0, reason_code=code) == long
    assert hear(book, "confirmed", 71.0, reason_code=other) == long
