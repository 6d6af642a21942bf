"""The JSON that other apps see: plain values, times as ISO 8601 in UTC, units in the names."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, Field

from carebot.alerts import Alert
from carebot.people import COCO_KEYPOINTS, People
from carebot.tablet.robot import RobotView


class AlertBody(BaseModel):
    """An alert as caregivers know it."""

    id: str
    kind: str = Field(examples=["fall"])
    state: Literal["suspected", "confirmed", "recovered", "acknowledged", "resolved"]
    revision: int = Field(description="Grows by one with each change.")
    raised_at: datetime
    changed_at: datetime
    down: bool = Field(description="Whether the person is, as far as the robot sees, still down.")
    confidence: float = Field(description="0 to 1.")
    reason_code: str
    reason: str = Field(description="Why it was raised, in English.")
    evidence: dict[str, float | None] = Field(description="The numbers behind the reason; units in the names.")
    acknowledged_by: str
    resolved_by: str
    verdict: Literal["real", "false_alarm"] | None
    note: str


class AlertsBody(BaseModel):
    """All open alerts and the latest resolved ones, newest first."""

    alerts: list[AlertBody]
    live: bool = Field(description="False when the robot is lost: then there may be alerts that are not listed here.")


class AnswerBody(BaseModel):
    """A caregiver's answer."""

    answer: Literal["acknowledge", "real", "false_alarm"] = Field(
        description='"I am coming"; or it is over, and was a real emergency or a false alarm.'
    )
    by: str | None = Field(None, max_length=200, description="The caregiver's name; without it, the paired device's.")
    note: str = Field("", max_length=2000)


class PairBody(BaseModel):
    """The way in: the PIN from the robot's terminal, and the name of whoever holds the device."""

    pin: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=300)


class NameBody(BaseModel):
    """Another name for whoever holds the device."""

    name: str = Field(min_length=1, max_length=300)


class SessionBody(BaseModel):
    """Who this device belongs to."""

    device: str
    name: str


class PairedBody(SessionBody):
    """What pairing gives: a token for `Authorization: Bearer`; browsers get the same as a cookie."""

    token: str


class RobotBody(BaseModel):
    """The robot's state; ages in seconds, null where nothing was ever heard."""

    name: str
    connected: bool = Field(description="Whether care was heard of within the last two seconds.")
    sees: bool = Field(description="Whether the newest picture is younger than two seconds.")
    care_age_s: float | None
    camera_age_s: float | None
    frames_per_second: float
    provider: str = Field(description="The onnxruntime execution provider that really runs; empty while not known.")
    faults: list[str]


class KeypointBody(BaseModel):
    """One joint: x and y as fractions of the picture's width and height (y down), and how sure the model is."""

    name: str
    x: float | None
    y: float | None
    confidence: float


class PersonBody(BaseModel):
    """One person, as 17 keypoints in COCO order."""

    track_id: int
    confidence: float
    state: str = Field(description='"suspected" or "confirmed" while in the middle of a fall, else "well".')
    keypoints: list[KeypointBody]


class PeopleBody(BaseModel):
    """Everybody in the newest picture; never a pixel."""

    age_s: float | None
    width_px: int
    height_px: int
    people: list[PersonBody]


class HealthBody(BaseModel):
    """Whether the server lives; nothing about anybody."""

    status: Literal["ok"] = "ok"


class ProblemBody(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def alert_body(alert: Alert) -> AlertBody:
    return AlertBody(
        id=alert.id,
        kind=alert.kind,
        state=alert.state.value,
        revision=alert.revision,
        raised_at=_time(alert.raised_at_s),
        changed_at=_time(alert.changed_at_s),
        down=alert.down,
        confidence=alert.confidence,
        reason_code=alert.reason_code,
        reason=alert.reason,
        evidence={name: _finite(value) for name, value in alert.evidence.items()},
        acknowledged_by=alert.acknowledged_by,
        resolved_by=alert.resolved_by,
        verdict=None if alert.verdict is None else alert.verdict.value,
        note=alert.note,
    )


def robot_body(view: RobotView) -> RobotBody:
    return RobotBody(
        name=view.name,
        connected=not view.is_lost,
        sees=not view.is_blind,
        care_age_s=view.care_age_s,
        camera_age_s=view.camera_age_s,
        frames_per_second=round(view.frames_per_second, 2),
        provider=view.provider,
        faults=list(view.faults),
    )


def people_body(view: RobotView) -> PeopleBody:
    people = view.people or People(0.0, 0, 0)
    return PeopleBody(
        age_s=view.people_age_s,
        width_px=people.width_px,
        height_px=people.height_px,
        people=[
            PersonBody(
                track_id=person.track_id,
                confidence=_finite(person.confidence) or 0.0,
                state=view.tracks.get(person.track_id, "well"),
                keypoints=[
                    KeypointBody(name=name, x=_finite(x), y=_finite(y), confidence=_finite(confidence) or 0.0)
                    for name, (x, y, confidence) in zip(COCO_KEYPOINTS, person.keypoints.tolist(), strict=True)
                ],
            )
            for person in people.people
        ],
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _finite(number: float) -> float | None:
    return round(float(number), 4) if math.isfinite(number) else None
