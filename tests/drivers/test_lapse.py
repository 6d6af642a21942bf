"""A host that hung knows it when it comes back."""

from __future__ import annotations

from carebot.drivers.lapse import HUNG_S, Lapse


def test_the_first_look_ends_no_lapse() -> None:
    assert not Lapse().has_ended(1e9)


def test_who_looks_often_was_never_away() -> None:
    lapse = Lapse()
    assert not any(lapse.has_ended(10.0 + step * 0.99 * HUNG_S) for step in range(10))


def test_a_long_while_without_a_look_is_a_lapse_once() -> None:
    lapse = Lapse()
    lapse.has_ended(10.0)
    assert lapse.has_ended(10.0 + HUNG_S + 1e-9)
    assert not lapse.has_ended(10.1 + HUNG_S)


def test_who_always_looks_that_seldom_is_heard_every_second_time() -> None:
    lapse = Lapse()
    assert [lapse.has_ended(10.0 * step) for step in range(6)] == [False, True, False, True, False, True]
