from __future__ import annotations

import json

from carebot.alerts import FallEventKind
from carebot.watch.event_line import event_line
from tests.watch.figures import seen, watcher


def test_a_picture_goes_all_the_way_to_a_confirmed_fall() -> None:
    everything = list(seen())
    events = [event for each in everything for event in each.events]
    assert [event.kind for event in events] == [FallEventKind.SUSPECTED, FallEventKind.CONFIRMED]
    assert 3.0 < events[0].time_s < 4.6
    assert [observation.track_id for observation in everything[-1].observations] == [1]
    assert everything[5].people.time_s == everything[5].frame.time_s
    assert watcher().provider == "CPUExecutionProvider"


def test_an_event_is_one_line_of_json_that_says_everything() -> None:
    [event, *_] = [event for each in seen() for event in each.events]
    line = event_line(event)
    assert "\n" not in line
    said = json.loads(line)
    assert said["event"] == "suspected"
    assert said["time_s"] == round(event.time_s, 3)
    assert said["person"] == 1
    assert 0 < said["confidence"] <= 1
    assert said["reason"] == event.reason
    assert said["evidence"].keys() == event.evidence.keys()
    assert said["evidence"]
    assert said["fall"] == event.fall_id
