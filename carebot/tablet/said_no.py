"""What safety, perception and care say no with, in the caregiver's language.

They say it in English sentences, of which those that caregivers can do something about have a text.
"""

from __future__ import annotations

from carebot.alerts import AnswerOutcome
from carebot.perception.looking import CAMERA_OFF, LOOKS_ALREADY, NO_VOICE
from carebot.safety.safety_judge import BUTTON_PRESSED, NOT_LATCHED
from carebot.tablet.looks import PERCEPTION_SILENT, Opened
from carebot.tablet.refusals import Refusal
from carebot.tablet.robot import CARE_ABSENT, CARE_LATE
from carebot.tablet.teleop import SAFETY_SILENT, StopOutcome

_RELEASE = {
    NOT_LATCHED: "release_not_latched",
    BUTTON_PRESSED: "release_button_pressed",
    SAFETY_SILENT.message: "release_silent",
}
_LOOK = {CAMERA_OFF: "look_camera_off", NO_VOICE: "look_no_voice", PERCEPTION_SILENT.message: "look_silent"}
_ANSWER = {CARE_ABSENT.message: "answer_care_absent", CARE_LATE.message: "answer_care_late"}


def of_release(outcome: StopOutcome) -> Refusal:
    """Why safety does not let the robot move again."""
    key = _RELEASE.get(outcome.message)
    return Refusal(409, key) if key else Refusal(409, "release_not_done", {"reason": outcome.message})


def of_look(opened: Opened) -> Refusal:
    """Why perception lets nobody look."""
    if opened.message.endswith(LOOKS_ALREADY):
        return Refusal(409, "look_busy", {"name": opened.message.removesuffix(LOOKS_ALREADY)})
    key = _LOOK.get(opened.message)
    return Refusal(409, key) if key else Refusal(409, "care_refuses", {"reason": opened.message})


def of_answer(outcome: AnswerOutcome) -> Refusal:
    """Why care does not take an answer: in words where the alert itself tells."""
    alert = outcome.alert
    if alert is not None and alert.resolved_by:
        return Refusal(409, "late_resolved", {"name": alert.resolved_by})
    if alert is not None and alert.acknowledged_by:
        return Refusal(409, "late_acknowledged", {"name": alert.acknowledged_by})
    key = _ANSWER.get(outcome.message)
    return Refusal(503, key) if key else Refusal(409, "not_taken", {"reason": outcome.message})
