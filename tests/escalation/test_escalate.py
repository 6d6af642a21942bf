"""The rules of escalation: who is told when, played with time passed in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carebot.alerts import AlertState
from carebot.escalation.escalate import Telling, moves
from carebot.escalation.plan import EscalationPlan
from carebot.records.outbox import Case
from tests.escalation.helpers import NOW_S, alert, answered, plan


class Played:
    """Applies the moves to cases kept in memory."""

    def __init__(self, rules: EscalationPlan | None = None) -> None:
        self.plan = rules or plan()
        self.cases: dict[str, Case] = {}
        self.told: list[Telling] = []
        self.unheard = 0

    def at(self, after_s: float, *alerts) -> list[str]:
        """Everybody told at that time, as `name/way`."""
        before = len(self.told)
        for move in moves(self.cases, alerts, self.plan, NOW_S + after_s):
            self.cases[move.case.alert_id] = move.case
            self.told += move.tellings
            self.unheard += move.is_unheard
        return [f"{telling.who}/{telling.by}" for telling in self.told[before:]]


def test_each_level_has_its_time_and_the_last_is_repeated_for_ever():
    played = Played()
    assert played.at(0, alert()) == ["Aiko/phone", "Aiko/tablet"]
    assert played.at(59.9, alert()) == []
    assert played.at(60, alert()) == ["Ben/phone"]
    assert played.at(120, alert()) == ["Aiko/phone", "Ben/phone"]
    assert played.unheard == 0
    for round_ in range(1, 50):
        assert played.at(120 + round_ * 120 - 1, alert()) == []
        assert played.at(120 + round_ * 120, alert()) == ["Aiko/phone", "Ben/phone"]
    assert played.unheard == 49


def test_an_answer_stops_it_at_once_and_for_good():
    played = Played()
    played.at(0, alert())
    assert played.at(30, answered(alert())) == []
    assert played.cases["alert-1"].is_closed
    assert played.at(10_000, answered(alert())) == []
    assert played.at(10_000, alert(state=AlertState.RESOLVED, resolved_by="Ben")) == []


def test_getting_up_again_does_not_end_it():
    played = Played()
    played.at(0, alert())
    assert played.at(60, alert(state=AlertState.RECOVERED, down=False)) == ["Ben/phone"]


def test_a_suspicion_waits_for_its_confirmation():
    played = Played()
    assert played.at(0, alert(state=AlertState.SUSPECTED)) == []
    assert played.at(8, alert()) == ["Aiko/phone", "Aiko/tablet"]


def test_an_alert_that_comes_back_after_a_false_alarm_is_told_anew():
    played = Played()
    played.at(0, alert(state=AlertState.RECOVERED))
    played.at(5, alert(state=AlertState.RESOLVED, resolved_by="Ben"))
    assert played.at(9, alert()) == ["Aiko/phone", "Aiko/tablet"]
    assert len(set(played.told)) == 4


def test_after_a_night_without_power_the_next_level_has_its_full_time():
    played = Played()
    played.at(0, alert())
    assert played.at(30_000, alert()) == ["Ben/phone"]
    assert played.at(30_059, alert()) == []
    assert played.at(30_060, alert()) == ["Aiko/phone", "Ben/phone"]


def test_a_clock_set_back_by_a_day_costs_one_levels_time_at_most():
    played = Played()
    played.at(0, alert())
    assert played.at(-86_400, alert()) == []
    assert played.at(-86_400 + 60, alert()) == ["Ben/phone"]


def test_each_kind_of_alert_has_its_chain_or_the_default():
    levels = plan().model_dump()["escalation"]["default"]
    rules = plan(escalation={"default": levels, "help": [{"tell": [{"who": "Ben"}], "for_s": 30}]})
    played = Played(rules)
    assert played.at(0, alert(1), alert(2, kind="help")) == ["Aiko/phone", "Aiko/tablet", "Ben/phone"]


def test_without_a_chain_nobody_is_called():
    assert Played(EscalationPlan()).at(0, alert()) == []


@given(st.lists(st.tuples(st.floats(-100, 400), st.sampled_from(["open", "answered", "up"])), max_size=40))
def test_whatever_the_clock_does_nobody_is_told_twice_and_no_level_is_left_out(steps):
    played = Played()
    time_s = 0.0
    for step_s, what in steps:
        time_s += step_s
        state = {"up": AlertState.RECOVERED}.get(what, AlertState.CONFIRMED)
        played.at(time_s, answered(alert()) if what == "answered" else alert(state=state))
    assert len(set(played.told)) == len(played.told)
    levels = list(dict.fromkeys((telling.round, telling.level) for telling in played.told))
    assert all(level == 0 or (round_, level - 1) in levels or (round_ - 1, level) in levels for round_, level in levels)
