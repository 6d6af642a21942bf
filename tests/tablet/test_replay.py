"""The last seconds before an alert, as the tablets' pages get them."""

from dataclasses import replace

import numpy as np

from carebot.alerts import Alert, AlertState
from carebot.people import People, Person
from carebot.tablet.api_models import ReplayBody
from carebot.tablet.replay import AFTER_S, BEFORE_S, Replays
from carebot.tablet.robot import RobotView

STEP_S = 0.1
ALARM = Alert("a", "fall", AlertState.CONFIRMED, 1, 1000.0, 1000.0, True, 0.9, "drop", "Fell.")


def seen(number: int, alerts: tuple[Alert, ...] = ()) -> RobotView:
    """One person whose x says the picture's number; they are held to fall."""
    keypoints = np.full((17, 3), 0.5, np.float32)
    keypoints[:, 0] = number / 1000
    keypoints[3, :2] = np.nan
    people = People(float(number), 640, 480, (Person(7, 0.9, keypoints),))
    return RobotView("robot", alerts, 0.1, people, people_age_s=0.0, camera_age_s=0.05, tracks={7: "suspected"})


def after(pictures: int, alarm_at: int) -> Replays:
    replays = Replays()
    for number in range(pictures):
        replays.step(seen(number, (ALARM,) if number >= alarm_at else ()), number * STEP_S)
    return replays


def read(replays: Replays, alert_id: str = "a") -> ReplayBody:
    return ReplayBody.model_validate_json(replays.body_json(alert_id))


def test_it_holds_what_was_seen_before_and_shortly_after() -> None:
    replay = read(after(400, alarm_at=200))
    assert (replay.width_px, replay.height_px) == (640, 480)
    assert replay.frames[0].at_s >= -BEFORE_S - STEP_S
    assert replay.frames[-1].at_s == AFTER_S
    assert len(replay.frames) == round((BEFORE_S + AFTER_S) / STEP_S) + 1
    at_alarm = next(each for each in replay.frames if each.at_s == 0.0)
    (person,) = at_alarm.people
    assert (person.track_id, person.state) == (7, "suspected")
    assert person.keypoints[0].x == 0.2
    assert person.keypoints[3].x is None


def test_it_grows_while_it_is_asked_for() -> None:
    replays = after(210, alarm_at=200)
    before = len(read(replays).frames)
    replays.step(seen(210, (ALARM,)), 21.0)
    assert len(read(replays).frames) == before + 1


def test_two_alerts_share_their_pictures_each_with_its_own_zero() -> None:
    replays = after(210, alarm_at=200)
    other = replace(ALARM, id="b")
    replays.step(seen(210, (ALARM, other)), 21.0)
    first, second = read(replays, "a"), read(replays, "b")
    assert first.frames[-1].people == second.frames[-1].people
    assert (first.frames[-1].at_s, second.frames[-1].at_s) == (1.0, 0.0)


def test_an_alert_nobody_saw_has_no_pictures() -> None:
    assert read(Replays()).frames == []
