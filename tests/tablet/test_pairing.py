"""Pairing by a PIN that works once and cannot be guessed."""

from __future__ import annotations

import pytest

from carebot.tablet.api_session import typed_pin
from carebot.tablet.pairing import FAILURES_PER_PIN, MAX_DELAY_S, PIN_LIFE_S, Pairing, Pin, random_digits


@pytest.fixture
def announced() -> list[Pin]:
    return []


@pytest.fixture
def pairing(announced: list[Pin]) -> Pairing:
    numbers = iter(range(100_000, 999_999))
    return Pairing(announced.append, draw=lambda: str(next(numbers)))


@pytest.mark.parametrize("digits", ["", "000000", "10000", "1000000", "１０００００", "abc", "\x00", "'; --"])
def test_a_wrong_pin_is_refused(pairing: Pairing, digits: str):
    pairing.pin(0.0)
    assert not pairing.try_pin(digits, 0.0).accepted


def test_the_right_pin_works_once(pairing: Pairing):
    pin = pairing.pin(0.0).digits
    assert pairing.try_pin(pin, 1.0).accepted
    assert not pairing.try_pin(pin, 2.0).accepted


def test_each_use_brings_a_new_pin_to_the_terminal(pairing: Pairing, announced: list[Pin]):
    pairing.try_pin(pairing.pin(0.0).digits, 1.0)
    assert [pin.digits for pin in announced] == ["100000", "100001"]


def test_an_expired_pin_does_not_work(pairing: Pairing):
    pin = pairing.pin(0.0).digits
    assert not pairing.try_pin(pin, PIN_LIFE_S).accepted
    assert pairing.pin(PIN_LIFE_S).digits != pin


def test_a_pin_is_not_announced_again_while_it_works(pairing: Pairing, announced: list[Pin]):
    for now_s in (0.0, 1.0, PIN_LIFE_S - 1.0):
        pairing.pin(now_s)
    assert len(announced) == 1


def test_each_failure_makes_the_next_wait_longer(pairing: Pairing):
    now_s, waits = 0.0, []
    for _ in range(12):
        result = pairing.try_pin("999999", now_s)
        waits.append(result.wait_s)
        now_s += result.wait_s
    assert waits[:6] == [0, 0, 2, 4, 8, 16]
    assert waits[-1] == MAX_DELAY_S


def test_while_waiting_even_the_right_pin_is_refused(pairing: Pairing):
    for _ in range(3):
        pairing.try_pin("999999", 0.0)
    result = pairing.try_pin(pairing.pin(0.0).digits, 1.0)
    assert not result.accepted
    assert result.wait_s == pytest.approx(1.0)
    assert pairing.try_pin(pairing.pin(0.0).digits, 2.0).accepted


def test_a_pin_survives_only_a_few_failures(pairing: Pairing, announced: list[Pin]):
    now_s = 0.0
    for _ in range(FAILURES_PER_PIN):
        now_s += 60.0
        pairing.try_pin("999999", min(now_s, PIN_LIFE_S - 1))
    assert len(announced) == 2


def test_one_host_that_tries_without_end_keeps_nobody_else_from_pairing(pairing: Pairing):
    now_s, tries = 0.0, 0
    while now_s < 86_400.0:
        now_s += pairing.try_pin("999999", now_s, "intruder").wait_s
        tries += 1
    assert tries < 1_000_000 / 690
    assert pairing.try_pin(pairing.pin(now_s).digits, now_s, "a nurse's phone").accepted


def test_many_hosts_together_are_slowed_down(pairing: Pairing):
    now_s, tries = 0.0, 0
    while now_s < 86_400.0:
        wait_s = pairing.try_pin("999999", now_s, f"host-{tries}").wait_s
        tries += 1
        now_s += wait_s
    assert tries < 1_000_000 / 390
    assert len(pairing._hosts) < 250, "nor do they fill the memory"


@pytest.mark.parametrize("old", ["", "AQEBAQEBAQEBAQEBAQEBAQ", "12345", "１２３４５６"])
def test_what_cannot_be_a_pin_is_not_counted(pairing: Pairing, old: str):
    assert [pairing.try_pin(old, 0.0, "phone").wait_s for _ in range(20)] == [0.0] * 20
    assert pairing.try_pin(pairing.pin(0.0).digits, 0.0, "phone").accepted


def test_success_forgives(pairing: Pairing):
    for now_s in (0.0, 1.0, 2.0):
        pairing.try_pin("999999", now_s)
    pairing.try_pin(pairing.pin(10.0).digits, 10.0)
    assert pairing.try_pin("999999", 11.0).wait_s == 0.0


def test_pins_are_six_random_digits():
    pins = {random_digits() for _ in range(200)}
    assert all(len(pin) == 6 and pin.isdecimal() for pin in pins)
    assert len(pins) > 190


@pytest.mark.parametrize("typed", ["123456", "123 456", "１２３４５６", "１２３　４５６", " 12\u00a03456\u3000"])
def test_a_pin_is_read_as_a_japanese_keyboard_types_it(typed: str):
    assert typed_pin(typed) == "123456"
