"""What the person on the floor says, and what a long silence says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from carebot.alerts import FallEvent, ResidentAnswer
from carebot.falls import FallMonitor, FallParameters
from carebot.people import People
from tests.falls.figures import LIE_BACK, STAND, Move
from tests.falls.scenes import FALLS, kinds, shot

FALL = FALLS["backward"]


def until(monitor: FallMonitor, pictures: list[People], kind: str) -> tuple[FallEvent, list[People]]:
    """The first event of that kind, and the pictures that are left."""
    for number, picture in enumerate(pictures):
        for event in monitor.step(picture):
            if event.kind.value == kind:
                return event, pictures[number + 1 :]
    raise AssertionError(f"no {kind}")


@pytest.mark.parametrize(
    ("said", "code"), [("help", "asked_for_help"), ("unclear", "unclear_answer"), ("none", "no_answer")]
)
def test_help_and_silence_confirm_at_once_and_once(said: str, code: str) -> None:
    camera, pictures = shot(FALL)
    monitor = FallMonitor(mounting=camera.mounting)
    suspected, rest = until(monitor, pictures, "suspected")
    (confirmed,) = monitor.answer(suspected.fall_id, ResidentAnswer(said), suspected.time_s + 0.5)
    assert (confirmed.kind.value, confirmed.reason_code) == ("confirmed", code)
    assert confirmed.time_s == suspected.time_s + 0.5
    assert monitor.answer(suspected.fall_id, ResidentAnswer(said), suspected.time_s + 0.6) == []
    assert [event for picture in rest for event in monitor.step(picture)] == []


def test_silence_confirms_who_was_found_lying() -> None:
    camera, pictures = shot([Move(LIE_BACK, 8)])
    monitor = FallMonitor(mounting=camera.mounting)
    suspected, _ = until(monitor, pictures, "suspected")
    assert suspected.reason_code == "found_lying"
    assert kinds(monitor.answer(suspected.fall_id, ResidentAnswer.NONE, suspected.time_s + 1)) == ["confirmed"]


def test_fine_does_not_end_the_alert_of_who_stays_down() -> None:
    camera, pictures = shot(FALL)
    monitor = FallMonitor(mounting=camera.mounting)
    suspected, rest = until(monitor, pictures, "suspected")
    assert monitor.answer(suspected.fall_id, ResidentAnswer.FINE, suspected.time_s + 0.1) == []
    assert kinds([event for picture in rest for event in monitor.step(picture)]) == ["confirmed"]


def test_fine_and_up_in_one_picture_has_not_recovered() -> None:
    camera, pictures = shot([*FALL, Move(LIE_BACK, 4)])
    standing = pictures[0]
    pictures[-40:-38] = [replace(standing, time_s=each.time_s) for each in pictures[-40:-38]]
    monitor = FallMonitor(mounting=camera.mounting)
    suspected, rest = until(monitor, pictures, "suspected")
    monitor.answer(suspected.fall_id, ResidentAnswer.FINE, suspected.time_s + 0.1)
    assert kinds([event for picture in rest for event in monitor.step(picture)]) == ["confirmed"]


def test_fine_and_up_again_has_recovered_sooner_than_up_again_alone() -> None:
    moves = [*FALL[:2], Move(LIE_BACK, 1.0), Move(STAND, 1.0), Move(STAND, 3)]
    times = []
    for said in (ResidentAnswer.FINE, None):
        camera, pictures = shot(moves)
        monitor = FallMonitor(mounting=camera.mounting)
        suspected, rest = until(monitor, pictures, "suspected")
        if said is not None:
            monitor.answer(suspected.fall_id, said, suspected.time_s)
        recovered, _ = until(monitor, rest, "recovered")
        times.append(recovered.time_s)
    assert times[0] < times[1]


def test_an_answer_to_no_fall_is_nothing() -> None:
    camera, pictures = shot([Move(STAND, 2)])
    monitor = FallMonitor(mounting=camera.mounting)
    for picture in pictures:
        monitor.step(picture)
    assert monitor.answer(1, ResidentAnswer.HELP, 2.0) == []


class TestALongLie:
    def test_is_said_once_after_the_confirmation(self) -> None:
        camera, pictures = shot([*FALL, Move(LIE_BACK, 12)])
        monitor = FallMonitor(FallParameters(long_lie_after_s=8.0), camera.mounting)
        events = [event for picture in pictures for event in monitor.step(picture)]
        assert [event.reason_code for event in events] == ["fell", "stayed_down", "long_lie"]
        assert events[2].time_s - events[0].time_s >= 8.0
        assert len({event.fall_id for event in events}) == 1

    def test_is_not_said_of_a_sleeper_whose_floor_was_never_seen(self) -> None:
        camera, pictures = shot([Move(LIE_BACK, 20)])
        monitor = FallMonitor(FallParameters(long_lie_after_s=4.0), camera.mounting)
        events = [event for picture in pictures for event in monitor.step(picture)]
        assert [event.reason_code for event in events] == ["found_lying"]

    def gone(self, moves: Sequence[Move], until_s: float, answers: ResidentAnswer | None = None) -> list[FallEvent]:
        """The last picture's person is gone after those moves until `until_s`, ten empty pictures a second."""
        camera, pictures = shot(moves)
        monitor = FallMonitor(FallParameters(long_lie_after_s=8.0), camera.mounting)
        events = [event for picture in pictures for event in monitor.step(picture)]
        if answers is not None:
            events += monitor.answer(1, answers, pictures[-1].time_s)
        last_s = pictures[-1].time_s
        for number in range(1, round(10 * (until_s - last_s)) + 1):
            events += monitor.step(replace(pictures[-1], time_s=last_s + 0.1 * number, people=()))
        return events

    def test_goes_on_out_of_sight_and_is_said_once(self) -> None:
        events = self.gone(FALL, 60.0)
        assert [event.reason_code for event in events] == ["fell", "stayed_down", "long_lie_unseen"]
        assert 8.0 <= events[2].time_s - events[0].time_s <= 9.0
        assert "was not seen to get up" in events[2].reason

    def test_out_of_sight_is_not_said_before_its_time(self) -> None:
        (suspected, _, long) = self.gone(FALL, 60.0)
        begun_s = long.time_s - 0.05
        assert [event.reason_code for event in self.gone(FALL, begun_s)] == ["fell", "stayed_down"]
        assert self.gone(FALL, long.time_s + 0.05)[-1].reason_code == "long_lie_unseen"
        assert begun_s - suspected.time_s >= 7.9

    def test_a_picture_without_them_in_between_does_not_put_them_out_of_sight(self) -> None:
        camera, pictures = shot([*FALL, Move(LIE_BACK, 12)])
        monitor = FallMonitor(FallParameters(long_lie_after_s=8.0), camera.mounting)
        hidden = [replace(each, people=()) if each.time_s > 9.0 and i % 3 else each for i, each in enumerate(pictures)]
        events = [event for picture in hidden for event in monitor.step(picture)]
        assert [event.reason_code for event in events] == ["fell", "stayed_down", "long_lie"]

    def test_out_of_sight_is_not_said_of_a_fall_that_nothing_confirmed(self) -> None:
        """Somebody found lying, and gone: no fall was seen."""
        assert [event.reason_code for event in self.gone([Move(LIE_BACK, 6)], 60.0)] == ["found_lying"]

    def test_but_it_is_once_they_asked_for_help(self) -> None:
        events = self.gone([Move(LIE_BACK, 6)], 60.0, ResidentAnswer.HELP)
        assert [event.reason_code for event in events] == ["found_lying", "asked_for_help", "long_lie_unseen"]

    def test_nor_of_somebody_who_was_up_when_last_seen(self) -> None:
        events = self.gone([*FALL, Move(STAND, 1.0), Move(STAND, 0.5)], 60.0)
        assert [event.reason_code for event in events] == ["fell", "stayed_down"]
