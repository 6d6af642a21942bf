"""Whom the driver asks next."""

from __future__ import annotations

from carebot.drivers.vesc.turns import PATIENCE_S, Turns

EVERYBODY = {0, 1, 2, 3}


def test_those_behind_can_are_asked_one_after_another_and_the_one_at_the_port_at_once() -> None:
    turns = Turns((None, 1, 2, 3))
    assert turns.take(EVERYBODY, 0.0) == [0, 1]
    assert turns.take(EVERYBODY, 0.01) == []
    turns.heard(0)
    turns.heard(1)
    assert turns.take({2, 3}, 0.02) == [2]
    turns.heard(2)
    assert turns.take({3}, 0.03) == [3]
    turns.heard(3)
    assert not turns.is_owed
    assert turns.take(EVERYBODY, 0.04) == [0, 1]


def test_one_that_does_not_answer_is_passed_over_and_asked_again_later() -> None:
    turns = Turns((1, 2))
    assert turns.take({0, 1}, 0.0) == [0]
    assert turns.take({0, 1}, PATIENCE_S / 2) == []
    assert turns.take({0, 1}, PATIENCE_S) == [1]
    turns.heard(1)
    assert turns.take({0}, PATIENCE_S + 0.01) == [0]


def test_a_late_answer_does_not_end_the_wait_for_another() -> None:
    turns = Turns((1, 2))
    turns.take({0, 1}, 0.0)
    assert turns.take({0, 1}, PATIENCE_S) == [1]
    turns.heard(0)
    assert turns.take({1}, PATIENCE_S + 0.01) == []
    assert turns.is_owed


def test_the_one_at_the_port_is_asked_again_in_its_own_time() -> None:
    turns = Turns((1, None))
    assert turns.take({0, 1}, 0.0) == [1, 0]
    turns.heard(0)
    assert turns.take({1}, 0.02) == []
    assert turns.take({1}, PATIENCE_S) == [1]


def test_what_was_asked_before_is_forgotten() -> None:
    turns = Turns((1, 2))
    turns.take({0, 1}, 0.0)
    turns.forget()
    assert not turns.is_owed
    assert turns.take({0, 1}, 0.001) == [1]
