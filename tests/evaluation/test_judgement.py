from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carebot.alerts import FallEvent, FallEventKind
from carebot.evaluation.judgement import Judged, Watched, failed, judge
from carebot.evaluation.labels import Recording
from carebot.evaluation.report import as_html
from carebot.evaluation.score import Score, as_dict
from carebot.falls import FallMonitor
from tests.falls.figures import CHAIR, LIE_BACK, STAND, Move
from tests.falls.scenes import DAILY_LIFE, FALLS, shot

FALL = Recording("a.mp4", Path("a.mp4"), is_fall=True, onset_s=1.5)
ADL = Recording("b.mp4", Path("b.mp4"), is_fall=False)


def course(moves: list[Move]) -> list[Watched]:
    camera, pictures = shot(moves)
    monitor = FallMonitor(mounting=camera.mounting)
    watched = []
    for picture in pictures:
        events = tuple(monitor.step(picture))
        watched.append(Watched(picture.time_s, tuple(monitor.observations()), events))
    return watched


def event(kind: FallEventKind, time_s: float, fall_id: int = 1, code: str = "fell") -> FallEvent:
    return FallEvent(kind, fall_id, 1, time_s, 0.5, code, f"{kind.value} it was")


def judged(*events: FallEvent, recording: Recording = FALL) -> Judged:
    return judge(recording, [Watched(each.time_s, (), (each,)) for each in events])


SUSPECTED, CONFIRMED, RECOVERED = FallEventKind.SUSPECTED, FallEventKind.CONFIRMED, FallEventKind.RECOVERED


class TestWhatCounts:
    def test_a_suspicion_that_stands_at_the_end(self) -> None:
        each = judged(event(SUSPECTED, 2.0))
        assert (each.verdict, each.suspected_s, each.confirmed_s) == ("detected", 2.0, None)
        assert judged(event(SUSPECTED, 2.0), recording=ADL).verdict == "false alarm"

    def test_a_suspicion_that_was_taken_back_does_not(self) -> None:
        each = judged(event(SUSPECTED, 2.0), event(RECOVERED, 3.0))
        assert (each.verdict, each.suspected) == ("missed", True)
        assert "taken back at 3.0 s" in each.reason
        assert judged(event(SUSPECTED, 2.0), event(RECOVERED, 3.0), recording=ADL).verdict == "quiet"

    def test_a_confirmation_counts_also_where_the_person_got_up(self) -> None:
        events = event(SUSPECTED, 2.0), event(CONFIRMED, 4.0), event(RECOVERED, 9.0)
        assert judged(*events).verdict == "detected"
        assert judged(*events, recording=ADL).verdict == "false alarm"

    def test_somebody_found_lying_counts_when_confirmed(self) -> None:
        asked = event(SUSPECTED, 7.0, code="found_lying")
        assert judged(asked).verdict == "missed"
        assert "no fall was seen" in judged(asked).reason
        assert judged(asked, recording=ADL).verdict == "quiet"
        assert judged(asked, event(CONFIRMED, 67.0, code="long_lie"), recording=ADL).verdict == "false alarm"

    def test_an_alarm_long_before_the_onset_is_not_that_fall(self) -> None:
        assert judged(event(SUSPECTED, 0.4)).verdict == "missed"
        assert judged(event(SUSPECTED, 0.6)).verdict == "detected"

    def test_an_activity_has_no_onset_so_no_alarm_in_it_is_too_early(self) -> None:
        labelled = replace(ADL, onset_s=20.0)
        assert judged(event(SUSPECTED, 2.0), event(CONFIRMED, 4.0), recording=labelled).verdict == "false alarm"

    def test_the_times_are_those_of_the_fall_that_counts(self) -> None:
        events = event(SUSPECTED, 1.0), event(RECOVERED, 2.0), event(SUSPECTED, 5.0, 2), event(CONFIRMED, 7.0, 2)
        each = judged(*events)
        assert (each.suspected_s, each.confirmed_s) == (5.0, 7.0)


class TestReasons:
    def test_of_a_fall_that_was_found(self) -> None:
        each = judge(FALL, course(FALLS["backward"]))
        assert each.verdict == "detected"
        assert each.reason.startswith("confirmed at ")
        assert each.pictures_with_people == each.pictures

    def test_of_somebody_who_hardly_moved(self) -> None:
        assert "the trunk came down by 0.0" in judge(FALL, course([Move(STAND, 3)])).reason

    def test_of_somebody_who_only_sat_down(self) -> None:
        assert "never lay" in judge(FALL, course(DAILY_LIFE["sits down"])).reason

    def test_of_somebody_who_lay_down_slowly(self) -> None:
        moves = [Move(STAND, 1.5), Move(CHAIR, 3), Move(LIE_BACK, 6), Move(LIE_BACK, 2)]
        assert judge(FALL, course(moves)).reason != ""

    def test_of_a_recording_without_people(self) -> None:
        empty = [Watched(number / 10, (), ()) for number in range(20)]
        assert judge(FALL, empty).reason == "a person was seen in only 0 of 20 pictures"
        assert judge(FALL, []).verdict == "missed"

    def test_of_an_alarm_that_was_set_aside(self) -> None:
        late = replace(FALL, onset_s=9.0)
        events = event(SUSPECTED, 2.0), event(CONFIRMED, 4.0), event(RECOVERED, 9.5)
        each = judged(*events, recording=late)
        assert (each.verdict, each.reason.partition(";")[0]) == (
            "missed",
            "an alarm (confirmed at 4.0 s) came before the labelled onset (9.0 s) and was set aside",
        )
        assert "behind the recording's end" not in each.reason

    def test_of_an_onset_that_never_comes(self) -> None:
        each = judged(event(SUSPECTED, 2.0), recording=replace(FALL, onset_s=3000.0))
        assert each.verdict == "missed"
        assert "set aside" in each.reason
        assert each.reason.endswith("(3000.0 s) lies behind the recording's end (2.0 s), so check onset_s")


class TestScore:
    def score(self) -> Score:
        found = judged(event(SUSPECTED, 2.0), event(CONFIRMED, 4.0))
        false = judge(ADL, [Watched(1800.0, (), (event(SUSPECTED, 1800.0),))])
        quiet = judge(ADL, [Watched(1800.0, (), ())])
        return Score((found, judge(FALL, []), false, quiet, failed(ADL, "b.mp4 is broken.")))

    def test_totals(self) -> None:
        content = as_dict(self.score())
        keys = ("falls", "detected", "activities", "false_alarms", "sensitivity", "specificity", "f1", "not_watched")
        assert [content[key] for key in keys] == [2, 1, 2, 1, 0.5, 0.5, 0.5, 1]
        assert content["false_alarms_per_hour"] == pytest.approx(1.0)
        assert content["delay_s"]["median"] == content["delay_s"]["p95"] == pytest.approx(0.5)
        assert content["delay_s"]["confirmed"] == {"median": 2.5, "p95": 2.5, "of": 1}
        assert content["sensitivity_interval"] == pytest.approx([0.0945, 0.9055], abs=1e-3)
        assert [each["verdict"] for each in content["sequences"]] == [
            "detected", "missed", "false alarm", "quiet", "not watched",
        ]  # fmt: skip

    def test_what_could_not_be_read_to_its_end_is_counted_and_said(self) -> None:
        each = judge(FALL, course([Move(STAND, 3)]), incomplete="48 of its 128 frames could be read")
        assert each.why == f"{each.reason} (incomplete: only 48 of its 128 frames could be read)"
        score = Score((each, judged(event(SUSPECTED, 2.0))))
        assert as_dict(score)["incomplete"] == 1
        assert each.why in as_html(score, {})

    def test_the_worst_comes_first(self) -> None:
        verdicts = [each.verdict for each in self.score().worst_first()]
        assert verdicts == ["missed", "false alarm", "not watched", "detected", "quiet"]

    def test_nothing_at_all(self) -> None:
        content = as_dict(Score(()))
        assert [content[key] for key in ("sensitivity", "specificity", "f1", "false_alarms_per_hour")] == [None] * 4
        assert content["delay_s"]["median"] is None
