"""A silent device gets zero speeds until it has shown that its watchdog is set."""

from __future__ import annotations

from carebot.drivers.unanswered import HOLD_AFTER_S, Unanswered


def test_who_was_told_nothing_owes_nothing() -> None:
    unanswered = Unanswered()
    assert not unanswered.is_owed
    assert not unanswered.must_hold(1e9)


def test_silence_counts_from_the_first_thing_that_was_written() -> None:
    unanswered = Unanswered()
    unanswered.wrote(10.0)
    unanswered.wrote(10.0 + HOLD_AFTER_S / 2)
    assert not unanswered.must_hold(10.0 + 0.99 * HOLD_AFTER_S)
    assert unanswered.must_hold(10.0 + HOLD_AFTER_S)


def test_an_answer_in_time_ends_the_silence() -> None:
    unanswered = Unanswered()
    unanswered.wrote(10.0)
    unanswered.heard()
    unanswered.wrote(10.0 + HOLD_AFTER_S)
    assert not unanswered.must_hold(10.0 + 1.5 * HOLD_AFTER_S)


def test_after_silence_an_answer_is_not_enough() -> None:
    unanswered = Unanswered()
    unanswered.wrote(10.0)
    assert unanswered.must_hold(11.0)
    unanswered.heard()
    assert unanswered.must_hold(11.0)
    unanswered.trust()
    assert not unanswered.must_hold(11.0)


def test_who_told_something_strange_is_doubted() -> None:
    unanswered = Unanswered()
    unanswered.doubt()
    assert unanswered.must_hold(0.0)
