"""The engine in a scripted world: order, interruption, limits, approval, and taking up after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from carebot.records.routine_runs import RunState
from carebot.routines import leaf as leaf_module
from carebot.routines.file import load_routine
from carebot.routines.leaf import Leaf, LeafKeys
from carebot.routines.moment import Moment
from carebot.routines.parameters import GivenError
from tests.routines.world import House, in_all, routine_file

Live = Callable[..., House]
TEXTS = {name: in_all(name.upper()) for name in ("one", "two", "three", "why")}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """`live(a={...}, b={...})`: a house with those routines."""
    houses: list[House] = []

    def _live(**routines: dict[str, Any]) -> House:
        library = {}
        for name, content in routines.items():
            texts = {"texts": TEXTS} if "texts" not in content else {}
            library[name] = load_routine(routine_file(tmp_path, {**texts, **content}, name))
        houses.append(House(library))
        return houses[-1]

    yield _live
    for house in houses:
        house.close()


def test_a_sequence_is_done_in_order(live: Live):
    house = live(a={"do": [{"say": "one"}, {"go": "kitchen"}, {"say": "two"}]})
    assert house.end(house.request("a")).state is RunState.SUCCEEDED
    assert house.world.log == [("say", "ONE"), ("go", "kitchen"), ("say", "TWO")]


def test_a_selector_takes_what_works(live: Live):
    house = live(a={"do": [{"selector": [{"go": "kitchen"}, {"go": "bedroom"}, {"say": "one"}]}]})
    house.world.blocked = {"kitchen"}
    assert house.end(house.request("a")).state is RunState.SUCCEEDED
    assert house.world.log == [("go", "kitchen"), ("go", "bedroom")]


def test_a_failure_is_told_with_step_and_reason(live: Live):
    house = live(a={"do": [{"go": "kitchen"}, {"say": "one"}], "if_not_done": [{"notify": "why"}]})
    house.world.blocked = {"all"}
    run = house.end(house.request("a"))
    assert (run.state, run.outcome) == (RunState.FAILED, "go: a chair is in the way")
    assert house.world.told == [("", "Trial", "WHY")]


def test_a_step_that_may_fail(live: Live):
    house = live(a={"do": [{"go": "kitchen", "may_fail": True}, {"say": "one"}]})
    house.world.blocked = {"all"}
    assert house.end(house.request("a")).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("answer", "said"), [("yes", ["ONE"]), ("no", ["TWO"]), ("unclear", ["THREE"]), ("none", ["THREE"])]
)
def test_an_answer_decides(live: Live, answer: str, said: list[str]):
    when = {"yes": [{"say": "one"}], "no": [{"say": "two"}], "otherwise": [{"say": "three"}]}
    house = live(a={"do": [{"ask": {"text": "why", "expect": ["yes", "no"]}, "when": when}]})
    house.world.answers = [answer]
    assert house.end(house.request("a")).state is RunState.SUCCEEDED
    assert house.world.said == said


def test_a_question_nobody_answers_fails_without_a_when(live: Live):
    house = live(a={"do": [{"ask": {"text": "why"}}]})
    assert house.end(house.request("a")).outcome == "ask: the answer was none"


def test_conditions_are_asked_when_their_step_is_come_to(live: Live):
    steps = [
        {"ask": {"text": "why", "expect": ["yes", "no"]}, "name": "it", "when": {"no": [{"say": "one"}]}},
        {"say": "two", "if": {"answer": {"of": "it", "is": ["no"]}}},
        {"say": "three", "if": {"not": {"done": "it"}}, "else": [{"say": "one"}]},
        {"say": "three", "if": {"all": [{"somebody_is_seen": True}, {"time": {"from": "22:00", "to": "06:00"}}]}},
        {"say": "two", "if": {"any": [{"somebody_is_seen": True}, {"time": {"from": "11:00", "to": "13:00"}}]}},
    ]
    house = live(a={"do": steps})
    house.world.answers = ["no"]
    house.end(house.request("a"))
    assert house.world.said == ["ONE", "TWO", "ONE", "TWO"]


def test_loops_count_pause_and_end(live: Live):
    house = live(
        a={"do": [{"repeat": {"times": 3, "pause_s": 60, "do": [{"say": "one"}]}}]},
        b={"do": [{"retry": {"times": 5, "pause_s": 1, "do": [{"ask": {"text": "why"}}]}}]},
        c={"do": [{"retry": {"times": 2, "do": [{"ask": {"text": "why"}}]}}]},
    )
    began_s = house.now_s
    house.end(house.request("a"))
    assert house.world.said == ["ONE"] * 3
    assert 120 < house.now_s - began_s < 125
    house.world.answers = ["none", "none", "heard", "heard"]
    assert house.end(house.request("b")).state is RunState.SUCCEEDED
    assert len(house.world.asked) == 3
    house.world.answers = []
    assert house.end(house.request("c")).state is RunState.FAILED


def test_a_loop_without_end_is_stopped_by_the_time_limit(live: Live):
    forever = {"repeat": {"do": [{"record": "round"}]}}
    house = live(a={"time_limit_s": 30, "do": [forever], "if_not_done": [{"notify": "why"}]})
    run = house.end(house.request("a"))
    assert (run.state, run.outcome) == (RunState.FAILED, "it took longer than 0.5 minutes")
    assert house.world.told
    assert 100 < len(house.notes()) < 320  # at most one round a tick


def test_a_step_that_hangs_is_stopped_by_its_own_limit(live: Live):
    house = live(
        a={"do": [{"say": "one", "time_limit_s": 7}]}, b={"do": [{"sequence": [{"go": "kitchen"}], "time_limit_s": 9}]}
    )
    house.world.says_s = house.world.drives_s = None
    assert house.end(house.request("a")).outcome == "say: it took longer than 7 s"
    assert house.world.tasks[0].is_cancelled
    assert house.end(house.request("b")).outcome == "sequence: it took longer than 9 s"
    assert house.world.tasks[1].is_cancelled


def test_a_clock_that_is_set_does_not_end_or_stall_a_routine(live: Live):
    house = live(a={"time_limit_s": 300, "do": [{"wait": 60}, {"say": "one"}]})
    run = house.request("a")
    house.forward(5)
    house.now_s -= 3600
    house.forward(62)
    assert house.state(run) is RunState.SUCCEEDED
    again = house.request("a")
    house.forward(5)
    house.now_s += 400  # the wait is over by it, the time limit is not
    house.forward(5)
    assert house.state(again) is RunState.SUCCEEDED


# who goes first


def test_the_more_urgent_one_interrupts_and_the_other_resumes_where_it_was(live: Live):
    house = live(
        low={"priority": "scheduled", "do": [{"go": "kitchen"}, {"say": "one"}, {"wait": 20}, {"say": "two"}]},
        high={"priority": "fall_response", "do": [{"go": "bedroom"}, {"say": "three"}]},
    )
    low = house.request("low")
    house.until(lambda: house.world.said == ["ONE"])
    house.forward(5)
    high = house.request("high")
    house.forward(0.2)
    assert (house.state(low), house.state(high)) == (RunState.SUSPENDED, RunState.RUNNING)
    assert house.end(low).state is RunState.SUCCEEDED
    assert house.world.said == ["ONE", "THREE", "TWO"]
    assert house.world.went == ["kitchen", "bedroom", "kitchen"]  # back to where it was, before it speaks


def test_what_was_cut_off_in_the_middle_is_said_again(live: Live):
    house = live(low={"do": [{"say": "one"}]}, high={"priority": "call", "do": [{"say": "two"}]})
    house.world.says_s = 5.0
    low = house.request("low")
    house.forward(2)
    house.request("high")
    house.end(low)
    assert house.world.said == ["ONE", "TWO", "ONE"]
    assert house.world.tasks[0].is_cancelled


def test_one_that_ends_when_interrupted_tells_it(live: Live):
    house = live(
        low={"when_preempted": "end", "do": [{"wait": 60}], "if_not_done": [{"notify": "why"}]},
        high={"priority": "call", "do": [{"wait": 60}]},
    )
    low = house.request("low")
    house.forward(2)
    house.request("high")
    house.forward(2)
    found = house.engine.run(low.id)
    assert found is not None
    assert (found.state, found.outcome) == (RunState.FAILED, "high was more urgent")
    assert len(house.world.told) == 1  # beside the urgent one, which goes on
    assert house.engine.running()


def test_equals_wait_for_their_turn_and_every_class_has_its_rank(live: Live):
    ranks = ("idle", "requested", "scheduled", "call", "fall_response")
    house = live(
        **{rank: {"priority": rank, "do": [{"record": rank}, {"wait": 10}]} for rank in ranks},
        other={"do": [{"record": "other"}, {"wait": 10}]},
    )
    for name in (*ranks, "other"):
        house.request(name)
        house.now_s += 0.01
    house.forward(200)
    assert [kind for kind, _ in house.notes()] == [
        "fall_response", "call", "scheduled", "requested", "other", "idle",
    ]  # fmt: skip


def test_asked_for_twice_is_run_once(live: Live):
    house = live(a={"do": [{"say": "one"}]})
    assert house.request("a").id == house.request("a", by="Ben").id
    house.forward(10)
    assert house.world.said == ["ONE"]


def test_what_waited_for_too_long_does_not_begin(live: Live):
    house = live(
        low={"taken_up_within_s": 30, "do": [{"say": "one"}], "if_not_done": [{"notify": "why"}]},
        high={"priority": "call", "do": [{"wait": 120}]},
    )
    house.request("high")
    house.forward(1)
    low = house.request("low")
    assert house.end(low, within_s=40).outcome == "it could not begin within 0.5 minutes"
    house.forward(200)
    assert house.world.said == []
    assert len(house.world.told) == 1


def test_a_wish_that_makes_no_sense_is_refused(live: Live):
    house = live(a={"do": [{"wait": 1}], "parameters": {"n": {"kind": "number", "least": 1, "most": 3}}})
    for name, given, words in (
        ("b", {}, "there is no routine 'b': use one of a"),
        ("a", {}, r"the parameter n \(number\) must be given"),
        ("a", {"n": 7}, "n is 7: at most 3 is allowed"),
        ("a", {"n": 2, "m": 1}, "there is no parameter 'm'"),
    ):
        with pytest.raises(GivenError, match=words):
            house.request(name, **given)


# what nobody has foreseen


class BrokenKeys(LeafKeys):
    pass


class BrokenJob:
    def outcome(self, now_s: float) -> None:
        return None

    def cancel(self) -> None:
        Broken.may_raise("cancel")


class Broken(Leaf):
    """A step of somebody else's, with a mistake in it."""

    keyword, keys, in_background = "broken", BrokenKeys, True
    raises_in = ""

    @classmethod
    def may_raise(cls, where: str) -> None:
        if cls.raises_in == where:
            raise AttributeError("it has no such thing")

    def start(self, keys: BrokenKeys, moment: Moment) -> BrokenJob:
        return BrokenJob()

    def limit_s(self, keys: BrokenKeys) -> float:
        self.may_raise("limit_s")
        return 5.0

    def told(self, keys: BrokenKeys, moment: Moment) -> str:
        self.may_raise("told")
        return ""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Broken]]:
    point = EntryPoint("broken", f"{__name__}:Broken", leaf_module.ENTRY_POINTS)
    monkeypatch.setattr(leaf_module, "entry_points", lambda group: [point])
    monkeypatch.setattr(Broken, "raises_in", "limit_s")
    leaf_module.leaves.cache_clear()
    yield Broken
    leaf_module.leaves.cache_clear()


def test_a_step_that_raises_ends_its_own_run_and_no_other(
    live: Live, broken: type[Broken], caplog: pytest.LogCaptureFixture
):
    house = live(
        a={"priority": "call", "do": [{"broken": {}}], "if_not_done": [{"notify": "why"}]},
        b={"do": [{"say": "one"}]},
    )
    bad, good = house.request("a"), house.request("b")
    assert house.end(good).state is RunState.SUCCEEDED
    found = house.end(bad)
    reason = "the step broken is broken (AttributeError('it has no such thing'))"
    assert (found.state, found.outcome) == (RunState.FAILED, reason)
    assert len(house.world.told) == 1
    assert "the step broken of a@" in caplog.text
    house.forward(0.2)
    house.crash()
    house.forward(1)
    assert house.engine.active() == []
    recorded = house.book.find(bad.id)
    assert recorded is not None
    assert (recorded.state, recorded.outcome) == (RunState.FAILED, reason)


def test_a_step_that_raises_while_its_run_ends_is_not_tried_for_ever(live: Live, broken: type[Broken]):
    house = live(a={"do": [{"go": "kitchen"}], "if_not_done": [{"broken": {}}]})
    house.world.blocked = {"all"}
    found = house.end(house.request("a"), within_s=5)
    assert (found.state, found.outcome) == (RunState.FAILED, "go: a chair is in the way")


@pytest.mark.parametrize("where", ["cancel", "told"])
def test_a_step_that_can_neither_be_broken_off_nor_told_of_ends_all_the_same(
    live: Live, broken: type[Broken], where: str
):
    broken.raises_in = where
    house = live(a={"do": [{"broken": {}}]}, b={"do": [{"say": "one"}]})
    bad = house.request("a")
    house.forward(1)
    assert all(each.steps() for each in house.engine.active())
    house.engine.cancel(bad.id, "Aiko", house.now_s)
    assert house.state(bad).is_over
    assert house.end(house.request("b")).state is RunState.SUCCEEDED


# people have the last word


def test_pause_go_on_and_cancel(live: Live):
    house = live(a={"do": [{"say": "one"}, {"wait": 100}, {"say": "two"}]})
    run = house.request("a")
    house.forward(3)
    assert house.engine.pause(run.id, "Aiko", house.now_s) == ""
    house.forward(60)
    assert house.world.said == ["ONE"]
    assert house.engine.go_on(run.id, "Ben", house.now_s) == ""
    house.forward(1)
    assert "name" in house.engine.cancel(run.id, " ", house.now_s)
    assert house.engine.cancel(run.id, "Ben", house.now_s) == ""
    house.forward(120)
    found = house.engine.run(run.id)
    assert found is not None
    assert (found.state, found.outcome) == (RunState.CANCELLED, "Ben cancelled it")
    assert house.world.said == ["ONE"]
    assert "no run" in house.engine.cancel(run.id, "Ben", house.now_s)
    assert "no run" in house.engine.pause("nonsense", "Ben", house.now_s)


@pytest.mark.parametrize(("agrees", "said"), [(True, ["ONE", "TWO"]), (False, ["ONE"]), (None, ["ONE"])])
def test_a_step_waits_for_the_named_caregiver(live: Live, agrees: bool | None, said: list[str]):
    approval = {"by": "Aiko", "within_s": 60, "otherwise": "skip"}
    house = live(a={"do": [{"say": "one"}, {"say": "two", "needs_approval": approval, "may_fail": True}]})
    run = house.request("a")
    house.forward(5)
    assert house.world.told[0][0] == "Aiko"
    assert "within 1 minutes; otherwise it will not do it" in house.world.told[0][2]
    assert "Aiko" in house.engine.approve(run.id, True, "Ben", house.now_s)
    if agrees is not None:
        assert house.engine.approve(run.id, agrees, "Aiko", house.now_s) == ""
        assert "any more" in house.engine.approve(run.id, True, "Aiko", house.now_s)
    assert house.end(run).state is RunState.SUCCEEDED
    assert house.world.said == said
    assert len(house.world.told) == 1


@pytest.mark.parametrize(("otherwise", "said"), [("do", ["ONE"]), ("skip", [])])
def test_a_routine_waits_without_holding_up_others_and_its_default_is_stated(
    live: Live, otherwise: str, said: list[str]
):
    house = live(
        a={"needs_approval": {"within_s": 60, "otherwise": otherwise}, "do": [{"say": "one"}]},
        b={"do": [{"say": "two"}]},
    )
    run = house.request("a")
    house.forward(1)
    assert house.end(house.request("b"), within_s=5).state is RunState.SUCCEEDED
    found = house.end(run)
    assert house.world.said == ["TWO", *said]
    if not said:
        assert found.outcome == "nobody agreed to it within 1 minutes"


def test_an_approval_is_not_asked_for_again_after_a_crash(live: Live):
    house = live(a={"needs_approval": {"by": "Ben", "within_s": 600, "otherwise": "skip"}, "do": [{"say": "one"}]})
    run = house.request("a")
    house.forward(1)
    house.crash()
    house.forward(1)
    assert len(house.world.told) == 1
    assert house.engine.approve(run.id, True, "Ben", house.now_s) == ""
    assert house.end(run).state is RunState.SUCCEEDED


# crashes


def test_what_was_said_answered_and_written_down_stays_so_after_a_crash(live: Live):
    steps = [
        {"go": "kitchen"},
        {"say": "one"},
        {"ask": {"text": "why", "expect": ["yes", "no"]}, "name": "it", "when": {"yes": [{"record": "yes"}]}},
        {"wait": 30},
        {"say": "two", "if": {"answer": {"of": "it", "is": ["yes"]}}},
    ]
    house = live(a={"do": steps})
    house.world.answers = ["yes"]
    run = house.request("a")
    house.until(lambda: house.notes() == [("yes", "")])
    house.forward(5)
    before = list(house.world.log)
    house.crash(away_s=5)
    assert house.end(run, within_s=60).state is RunState.SUCCEEDED
    assert house.world.log[len(before) :] == [("go", "kitchen"), ("say", "TWO")]  # back, and only what is new
    assert house.notes() == [("yes", "")]


def test_a_question_without_its_answer_is_asked_again_and_says_why(live: Live):
    house = live(a={"do": [{"ask": {"text": "why"}}]})
    run = house.request("a")
    house.forward(1)
    house.crash()
    house.world.answers = ["heard"]
    assert house.end(run).state is RunState.SUCCEEDED
    assert house.world.asked == ["WHY", "Excuse me, I was interrupted. WHY"]


def test_a_sentence_under_way_in_a_crash_counts_as_said(live: Live):
    house = live(a={"do": [{"say": "one"}, {"say": "two"}]})
    run = house.request("a")
    house.forward(0.3)
    assert house.world.said == ["ONE"]
    house.crash()
    house.end(run)
    assert house.world.said == ["ONE", "TWO"]


def test_a_wait_is_not_longer_for_a_crash(live: Live):
    house = live(a={"do": [{"wait": 100}, {"say": "one"}]})
    run = house.request("a")
    house.forward(30)
    house.crash(away_s=60)
    house.end(run, within_s=15)


def test_loops_go_on_in_their_round(live: Live):
    loop = {"repeat": {"times": 4, "pause_s": 10, "do": [{"say": "one"}, {"record": "round"}]}}
    house = live(a={"do": [loop]})
    run = house.request("a")
    house.until(lambda: len(house.notes()) == 2)
    house.crash()
    house.end(run)
    assert len(house.world.said) == 4
    assert len(house.notes()) == 4


def test_rounds_begin_so_far_apart_and_take_as_long_as_they_like(live: Live):
    def when(each_s: float, **more: float) -> list[float]:
        house = live(a={"do": [{"repeat": {"times": 3, **more, "do": [{"record": "round"}, {"wait": each_s}]}}]})
        run, began_s, begins = house.request("a"), house.now_s, list[float]()
        for number in (1, 2, 3):
            house.until(lambda number=number: len(house.notes()) == number)
            begins.append(round((house.now_s - began_s) / 5) * 5)
            house.crash()
        house.end(run)
        return begins

    assert when(20, every_s=60) == [0, 60, 120]
    assert when(20, pause_s=60) == [0, 80, 160]
    assert when(90, every_s=60) == [0, 90, 180]


@pytest.mark.parametrize(
    ("content", "away_s", "outcome"),
    [
        ({"after_restart": "end"}, 5, "the robot was restarted in the middle of it"),
        ({"taken_up_within_s": 600}, 3600, "the robot was off for 60 minutes"),
    ],
)
def test_what_is_not_taken_up_is_told_once(live: Live, content: dict[str, Any], away_s: float, outcome: str):
    house = live(a={**content, "do": [{"wait": 60}], "if_not_done": [{"notify": "why"}, {"record": "missed"}]})
    run = house.request("a")
    house.forward(5)
    house.crash(away_s)
    assert house.end(run).outcome == outcome
    assert house.notes() == [("missed", "")]
    house.crash()
    house.forward(5)
    assert len(house.world.told) == 1


def test_a_file_that_was_changed_meanwhile_is_not_gone_on_with(live: Live, tmp_path: Path):
    house = live(a={"do": [{"wait": 60}, {"say": "one"}]})
    run = house.request("a")
    house.forward(5)
    changed = {"texts": TEXTS, "do": [{"say": "two"}, {"wait": 60}]}
    house.library["a"] = load_routine(routine_file(tmp_path, changed, "a"))
    house.crash()
    assert house.end(run).outcome == "its file was changed while it was under way"
    assert house.world.said == []


def test_a_routine_that_is_gone_ends(live: Live):
    house = live(a={"do": [{"wait": 60}]})
    run = house.request("a")
    house.forward(1)
    del house.library["a"]
    house.crash()
    house.forward(1)
    assert house.book.latest()[0].id == run.id
    assert house.book.latest()[0].outcome == "there is no such routine"


def test_nothing_of_what_was_said_is_kept_when_it_is_over(live: Live):
    house = live(a={"do": [{"ask": {"text": "why"}}]})
    house.world.answers, house.world.heard = ["heard"], "something private"
    house.end(house.request("a"))
    house.forward(1)
    with house.database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM routine_journal").scalar() == 0


def test_a_full_disk_stops_no_routine_and_is_told(live: Live, monkeypatch: pytest.MonkeyPatch):
    from carebot.errors import RecordsError

    house = live(a={"do": [{"say": "one"}, {"record": "it"}, {"say": "two"}]})
    working = house.database.transaction

    def full() -> Any:
        raise RecordsError("The disk is full: free some space.")

    monkeypatch.setattr(house.database, "transaction", full)
    run = house.request("a")
    house.forward(10)
    assert house.world.said == ["ONE", "TWO"]
    assert "The disk is full" in house.engine.fault
    monkeypatch.setattr(house.database, "transaction", working)
    house.forward(2)
    assert house.engine.fault == ""
    assert house.notes() == [("it", "")]
    assert house.book.latest()[0].id == run.id


# leaves of somebody else


def test_a_leaf_that_breaks_ends_its_step_and_nothing_else(live: Live, monkeypatch: pytest.MonkeyPatch):
    from carebot.routines.leaves_speech import Say

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("oh")

    house = live(a={"do": [{"say": "one"}]}, b={"do": [{"wait": 1}]})
    monkeypatch.setattr(Say, "start", broken)
    assert "the step say is broken (ZeroDivisionError('oh'))" in house.end(house.request("a")).outcome
    assert house.end(house.request("b")).state is RunState.SUCCEEDED


# looking for somebody


def test_rooms_are_searched_by_where_somebody_was_before_and_never_where_it_is_private(live: Live):
    found = {
        "name": "found",
        "find_person": "Hana Sato",
        "when": {"not_found": [{"say": "one"}], "found": [{"say": "two"}]},
    }
    house = live(a={"do": [found]})
    house.world.people_in = {"living_room"}
    house.end(house.request("a"))
    assert house.world.went == ["bedroom", "kitchen", "living_room"]  # her own first
    assert house.world.said == ["TWO"]
    house.world.standing, house.world.log = "charger", []
    house.end(house.request("a"))
    assert house.world.went == ["living_room"]
    house.world.standing, house.world.log, house.world.people_in = "charger", [], {"bathroom"}
    house.end(house.request("a"))
    assert "bathroom" not in house.world.went
    assert house.world.said == ["ONE"]


def test_a_search_that_gets_nowhere_fails_and_one_locked_room_is_passed_over(live: Live):
    house = live(a={"do": [{"find_person": {}}]})
    house.world.blocked = {"bedroom"}
    house.world.people_in = {"kitchen"}
    assert house.end(house.request("a")).state is RunState.SUCCEEDED
    house.world.standing, house.world.blocked = "charger", {"all"}
    assert house.end(house.request("a")).outcome == "find_person: a chair is in the way"


def reminding(**more: Any) -> dict[str, Any]:
    loop = {"times": 3, "every_s": 600, "others_meanwhile": True, "do": [{"say": "one"}, {"wait": 5}]}
    return {"priority": "scheduled", "time_limit_s": 7200, "do": [{"repeat": loop}], **more}


def test_in_its_pauses_a_reminder_leaves_the_robot_to_whoever_calls_it(live: Live):
    house = live(reminder=reminding(), call={"priority": "requested", "do": [{"go": "kitchen"}, {"say": "two"}]})
    reminder = house.request("reminder")
    house.forward(60)
    called = house.request("call")
    house.forward(30)
    assert house.state(called) is RunState.SUCCEEDED
    assert house.state(reminder) is RunState.RUNNING  # nothing else wants the robot
    began_s = house.now_s
    assert house.end(reminder, within_s=2000).state is RunState.SUCCEEDED
    assert house.world.said == ["ONE", "TWO", "ONE", "ONE"]
    assert house.now_s - began_s == pytest.approx(1200 - 90 + 6, abs=3)


def test_reminders_at_the_same_time_all_begin_at_once_and_keep_their_distance(live: Live):
    texts = {name: in_all("{what}") for name in TEXTS}
    what = {"parameters": {"what": {"kind": "text"}}, "texts": texts}
    house = live(reminder=reminding(**what))
    runs = []
    for number in range(4):
        runs.append(house.request("reminder", what=f"pill {number}"))
        house.forward(0.5)
    house.forward(60)
    assert house.world.said == [f"pill {number}" for number in range(4)]
    house.forward(542)
    assert house.world.said[4:] == ["pill 0"]
    for run in runs:
        assert house.end(run, within_s=3000).state is RunState.SUCCEEDED
    assert sorted(house.world.said) == sorted([f"pill {number}" for number in range(4)] * 3)


def test_a_resting_reminder_goes_before_what_is_less_urgent_when_its_pause_is_over(live: Live):
    house = live(reminder=reminding(), long={"priority": "requested", "do": [{"wait": 3600}]})
    reminder = house.request("reminder")
    house.forward(60)
    long = house.request("long")
    house.forward(300)
    assert (house.state(reminder), house.state(long)) == (RunState.SUSPENDED, RunState.RUNNING)
    resting = next(each for each in house.engine.active() if each.run.id == reminder.id)
    assert house.engine.why_waiting(resting) == ("", "")
    house.forward(243)
    assert (house.state(reminder), house.state(long)) == (RunState.RUNNING, RunState.SUSPENDED)
    assert house.world.said == ["ONE", "ONE"]


def test_a_rest_is_over_where_the_clock_is_set_back_and_survives_a_crash(live: Live):
    house = live(reminder=reminding(), long={"priority": "requested", "do": [{"wait": 3600}]})
    reminder, long = house.request("reminder"), house.request("long")
    house.forward(60)
    assert (house.state(reminder), house.state(long)) == (RunState.SUSPENDED, RunState.RUNNING)
    house.crash()
    house.forward(60)
    assert (house.state(reminder), house.state(long)) == (RunState.SUSPENDED, RunState.RUNNING)
    house.now_s -= 7200
    house.forward(620)
    assert house.world.said == ["ONE", "ONE"]


def test_a_pause_that_is_not_given_away_and_a_short_one_hold_the_robot(live: Live):
    stays = {"repeat": {"times": 3, "pause_s": 600, "do": [{"say": "one"}]}}
    short = {"repeat": {"times": 3, "pause_s": 15, "others_meanwhile": True, "do": [{"say": "one"}]}}
    house = live(
        a={"priority": "scheduled", "do": [stays]},
        b={"priority": "scheduled", "do": [short]},
        c={"do": [{"say": "two"}]},
    )
    for name in "ab":
        run = house.request(name)
        house.forward(5)
        waits = house.request("c")
        house.forward(10)
        assert house.state(waits) is RunState.WAITING
        house.engine.cancel(run.id, "Aiko", house.now_s)
        house.engine.cancel(waits.id, "Aiko", house.now_s)
