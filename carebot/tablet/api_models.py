"""The JSON that other apps see: plain values, times as ISO 8601 in UTC, units in the names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from typing_extensions import Self

from carebot.alerts import Alert, Exchange, Told
from carebot.people import COCO_KEYPOINTS, People, Person
from carebot.records.black_box_files import Recording
from carebot.site.places import Room
from carebot.tablet.robot import Motion, Part, RobotView
from carebot.tablet.trips import TripPhase

READABLE = "[0-9A-Za-zÀ-ÖØ-öø-ÿĀ-ſΑ-ΡΣ-ωА-яא-תء-غऄ-हก-ะぁ-ゖァ-ヺ一-鿿가-힣]"
"""A letter or digit of the scripts that names are written in: what is left of a name when invisible signs go."""

ScopeName = Literal[
    "alerts:read",
    "alerts:answer",
    "residents:read",
    "residents:write",
    "people:read",
    "robots:read",
    "robots:stop",
    "robots:drive",
    "health:read",
    "history:read",
    "history:export",
    "routines:run",
    "schedule:read",
    "schedule:write",
    "talk",
    "audit:read",
]
"""What another app's token may be given: nothing that makes people or keys."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=READABLE)]


class Request(BaseModel):
    """The parent of every body that comes in: exact types, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ExchangeBody(BaseModel):
    """A question to the resident and what came of it; a call that nobody asked for has no question."""

    at: datetime
    question: str
    language: str = Field(description="Of question and words: ja, en or fr.")
    answer: str = Field(examples=["fine", "help", "unclear", "none"])
    heard: str = Field(description="The words; empty where the answer had none.")
    means: str = Field(examples=["voice", "text", "bumper", "posture", ""])
    times_asked: int


class AlertBody(BaseModel):
    """An alert as caregivers know it."""

    id: str
    kind: str = Field(examples=["fall", "help"])
    state: Literal["suspected", "confirmed", "recovered", "acknowledged", "resolved"]
    revision: int = Field(description="Grows by one with each change.")
    raised_at: datetime
    changed_at: datetime
    down: bool = Field(description="Whether the person is, as far as the robot sees, still down.")
    confidence: float = Field(description="0 to 1.")
    reason_code: str
    reason: str = Field(description="Why it was raised, in English.")
    evidence: dict[str, float | None] = Field(description="The numbers behind the reason; units in the names.")
    room: str = Field("", description="Where the person was seen, or called from, as the site names it; else empty.")
    acknowledged_by: str
    resolved_by: str
    verdict: Literal["real", "false_alarm"] | None
    note: str
    exchanges: list[ExchangeBody] = Field(description="What the resident was asked and answered, oldest first.")
    offered_to: str = Field("", description="Whom the one who is coming has asked to take over.")


class AlertsBody(BaseModel):
    """All open alerts and the latest resolved ones, newest first."""

    alerts: list[AlertBody]
    live: bool = Field(description="False when the robot is lost: then there may be alerts that are not listed here.")


class AnswerBody(Request):
    """A caregiver's answer."""

    answer: Literal["acknowledge", "real", "false_alarm", "hand_over"] = Field(
        description='"I am coming"; it is over, and was a real emergency or a false alarm; or whoever is coming asks '
        "`to` to take over, and still comes until that person acknowledges."
    )
    by: Name | None = Field(
        None, description="The caregiver's name; without it, whoever is signed in. Only other apps may name somebody."
    )
    note: str = Field("", max_length=2000)
    to: str = Field("", max_length=300, description="Whom to ask to take over; empty takes the question back.")


class ToldBody(BaseModel):
    """One person who is called about an alert by one way; `planned` ones at `at`, if nobody answers until then."""

    who: str
    by: str = Field(description="The way's name in the site file.")
    state: Literal["planned", "waiting", "under_way", "sent", "given_up"]
    at: datetime
    error: str = Field(description="Why the last try failed.")


class ToldListBody(BaseModel):
    """Who was called, in the order of the calls, then who is next; and who has a page of the tablet open."""

    told: list[ToldBody]
    tablets: list[str]


class PairBody(Request):
    """The way in: the PIN from the robot's terminal, and the name of whoever holds the device."""

    pin: str = Field(min_length=1, max_length=64, description="The PIN, or the one-time code of a QR code.")
    name: Name


class NameBody(Request):
    """Another name for whoever holds the device."""

    name: Name


Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SetUpBody(Request):
    """The first administrator."""

    name: Name
    password: Password
    caregiver: bool = Field(False, description="Whether they also care for the residents.")


class SignInBody(Request):
    """Who signs in."""

    name: Name
    password: Password


class SignOutBody(Request):
    """Where to sign out: here, or on every device."""

    everywhere: bool = False


class SessionBody(BaseModel):
    """Who this device belongs to, and what they may do."""

    device: str
    name: str
    scopes: list[str] = Field(default_factory=list)


class PairedBody(BaseModel):
    """What pairing gives: a token for `Authorization: Bearer`; browsers get the same as a cookie."""

    device: str
    name: str
    token: str


class MotionBody(BaseModel):
    """What the safety judge allows: nothing, where it is silent."""

    allowed_speed_m_s: float
    emergency_stop: bool | None = Field(description="Null while safety is silent: then it is not known.")
    cause: str
    by: str
    reasons: list[str] = Field(description="Why not more, in English; the strictest first.")


class DoneBody(BaseModel):
    """What was done."""

    message: str


class PointBody(BaseModel):
    """A point of the map, in metres."""

    x_m: float
    y_m: float


class RoomOnMapBody(BaseModel):
    """A room: its name for commands, what it is called, and its corners."""

    name: str
    called: str
    corners: list[PointBody]


class SpotBody(PointBody):
    """A place or a charger."""

    name: str
    called: str


class TripBody(BaseModel):
    """The trip under way, or the last one."""

    name: str = Field(description="Where to, as the site file names it; empty for a point.")
    x_m: float
    y_m: float
    by: str
    phase: TripPhase
    left_m: float
    reason: str = Field(description="Why it does not drive on, or did not arrive; in English.")


class SightingBody(PointBody):
    """Where somebody was seen, to half a metre or so."""

    seen_at: datetime
    confidence: float


class MapBody(BaseModel):
    """The home, where the robot is in it, and the way that it plans; `yaw_rad` is 0 along x."""

    rooms: list[RoomOnMapBody]
    spots: list[SpotBody]
    robot: PointBody | None
    yaw_rad: float | None
    way: list[PointBody]
    trip: TripBody | None
    people: list[SightingBody] = Field(
        description="Where people were seen in the last 30 s, and the newest sighting; the newest first. None for "
        "those who may not see people."
    )


class SendBody(Request):
    """Where to: a name of the map, or both coordinates of a point in a room."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["name"]}, {"required": ["x_m", "y_m"]}],
            "dependentRequired": {"x_m": ["y_m"], "y_m": ["x_m"]},
        }
    )

    name: str = Field(default_factory=str, min_length=1, max_length=100)
    x_m: float = Field(0.0, ge=-1000, le=1000)
    y_m: float = Field(0.0, ge=-1000, le=1000)

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if self.model_fields_set not in ({"name"}, {"x_m", "y_m"}):
            raise ValueError("give a name, or both x_m and y_m")
        return self


class ReleaseBody(Request):
    """Why the robot may move again; kept in the audit."""

    reason: str = Field("", max_length=500)


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
    battery: float | None = Field(None, description="0 to 1.")
    motion: MotionBody | None = Field(None, description="Null on a robot without wheels.")


class RobotsBody(BaseModel):
    """The robots that this server speaks for."""

    robots: list[RobotBody]


Level = Literal["ok", "warn", "error", "stale"]
LEVELS: Mapping[str, Level] = {"ok": "ok", "warn": "warn", "error": "error"}


class PartBody(BaseModel):
    """What one part of the robot says of itself."""

    name: str
    level: Level
    message: str
    values: dict[str, str]
    age_s: float


class PartsBody(BaseModel):
    """Every part of the robot that spoke within the last seconds, and the tablet itself."""

    parts: list[PartBody]


class RecordingBody(BaseModel):
    """One of the black box: what was heard last, or what was heard around an accident."""

    id: str
    why: str = Field(examples=["last", "alarm", "stop", "crash", "torn"])
    at: datetime = Field(description="When it happened; of what was heard last, when that was written.")
    size_bytes: int


class RecordingsBody(BaseModel):
    """What was heard last, then the accidents, the newest first."""

    recordings: list[RecordingBody]


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


class ReplayFrameBody(BaseModel):
    """What was seen at one moment."""

    at_s: float = Field(description="Seconds before the alert was noticed here (below 0), or after.")
    people: list[PersonBody]


class ReplayBody(BaseModel):
    """The last seconds before an alert and the first after it, as keypoints; never a pixel."""

    width_px: int
    height_px: int
    frames: list[ReplayFrameBody]


class ConsentsBody(BaseModel):
    """What a resident has consented to."""

    family_alerts: bool = Field(False, description="Family sees alerts and how they ended.")
    family_activity: bool = Field(False, description="Family sees what the resident does, and the days' activity.")
    live_view: bool = Field(False, description="Caregivers may look through the camera for a limited time.")
    live_view_emergency: bool = Field(False, description="They may while an alert is open.")
    language_model: bool = Field(False, description="What is said to the robot may go to the language model.")
    conversation_memory: bool = Field(False, description="What is said to the robot is remembered until it restarts.")


class ResidentBody(BaseModel):
    """Whom the robot is there for."""

    id: str
    name: str
    reading: str = Field(description="How the name is read (furigana); may be empty.")
    room: str
    robot: str = Field(description="The robot's name; empty means every robot of this server.")
    consents: ConsentsBody


class ResidentsBody(BaseModel):
    """Those residents whom the caller is responsible for or the family of."""

    residents: list[ResidentBody]


Line = Annotated[str, StringConstraints(max_length=300)]


class NewResidentBody(Request):
    """A resident to be written."""

    name: Name
    reading: Line = ""
    room: Line = ""
    robot: Annotated[str, StringConstraints(max_length=40)] = ""


class ConsentBody(Request):
    """A yes or a no."""

    given: bool


RoleName = Literal["caregiver", "nurse_in_charge", "family", "technician", "administrator"]


class GrantBody(Request):
    """One role, for one resident or for all ("*")."""

    role: RoleName
    resident: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "*"


class NewAccountBody(Request):
    """A person who may sign in from now on."""

    name: Name
    password: str = Field(min_length=10, max_length=200)
    grants: list[GrantBody] = Field(max_length=100)


class ChangedAccountBody(Request):
    """What changes; what is left out stays. A new password or another role signs the person out everywhere."""

    password: str | None = Field(None, min_length=10, max_length=200)
    grants: list[GrantBody] | None = Field(None, max_length=100)
    closed: bool | None = None


class AccountBody(BaseModel):
    """A person who may sign in."""

    id: str
    name: str
    closed: bool
    grants: list[GrantBody]


class AccountsBody(BaseModel):
    """Everybody who may sign in, closed accounts too."""

    accounts: list[AccountBody]


class CodeBody(BaseModel):
    """A one-time code for pairing a device, and the address that a QR code holds."""

    code: str
    url: str
    expires_at: datetime
    qr_svg: str = Field(description="The QR code of `url`, as an SVG picture.")


def _whole(number: object) -> object:
    """To JSON Schema 90.0 is an integer like 90; to pydantic's exact types it is not."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


class NewTokenBody(Request):
    """A token for another app."""

    name: Name
    scopes: list[ScopeName] = Field(min_length=1, max_length=30)
    days: Annotated[int, Field(ge=1, le=3650), BeforeValidator(_whole)] = 90


class TokenBody(BaseModel):
    """A token of another app; its text is shown once, when it is made."""

    id: str
    name: str
    scopes: list[str]
    made_by: str
    expires_at: datetime


class MadeTokenBody(TokenBody):
    """A token that was just made, with its text."""

    token: str


class TokensBody(BaseModel):
    """All tokens of other apps."""

    tokens: list[TokenBody]


class DeedBody(BaseModel):
    """One row of the audit; what was erased is null."""

    number: int
    at: datetime
    kind: str
    who: str | None
    what: str | None
    about: str | None
    detail: dict[str, JsonValue] | None


class AuditBody(BaseModel):
    """Rows of the audit, the newest first."""

    rows: list[DeedBody]


class VerdictBody(BaseModel):
    """Whether the audit's chain is whole; if not, the first broken row and what is wrong with it."""

    whole: bool
    first_broken: int | None
    why: str


class EraseBody(Request):
    """Whose rows lose their content."""

    name: Name


class ErasedBody(BaseModel):
    """How many rows lost their content."""

    rows: int


class HourBody(BaseModel):
    """Seconds of what was seen in one hour."""

    began_at: datetime
    lying_s: float
    sitting_s: float
    up_s: float
    unseen_s: float
    times_up: int = Field(description="How often somebody got up who lay.")


class ActivityBody(BaseModel):
    """Hour by hour, the oldest first; hours of which nothing is known are left out."""

    hours: list[HourBody]


class NoticedBody(BaseModel):
    """One observation that no alarm came of."""

    id: str
    at: datetime
    kind: Literal["near_fall", "slow_descent", "rising_trouble", "walk", "gait_change"]
    reason_code: str
    numbers: dict[str, float] = Field(description="Each with its unit in the name; bl is a body length.")


class GaitDayBody(BaseModel):
    """The medians of one day's walks."""

    day: str = Field(description="YYYY-MM-DD in the robot's time zone.")
    walks: int
    speed_bl_s: float | None = Field(description="Body lengths a second.")
    speed_m_s: float | None = Field(description="Where the camera's mounting is known.")
    steps_per_s: float | None


class NoticedBookBody(BaseModel):
    """Observations, the newest first, and days with walks, the oldest first."""

    noticed: list[NoticedBody]
    gait_days: list[GaitDayBody]


Base64Url = Annotated[str, StringConstraints(min_length=16, max_length=200, pattern="^[A-Za-z0-9_-]+=*$")]


class PushKeyBody(BaseModel):
    """The robot's public key for Web Push."""

    key: str = Field(description="The uncompressed point of P-256, base64url (RFC 8292).")


class SubscribeBody(Request):
    """A browser's push subscription (W3C Push API)."""

    endpoint: Annotated[str, StringConstraints(min_length=10, max_length=2000, pattern="^https?://[!-~]+$")]
    p256dh: Base64Url
    auth: Base64Url
    label: Annotated[str, StringConstraints(max_length=80)] = Field("", description="What kind of device it is.")


class SubscriptionBody(BaseModel):
    """A browser that is woken for alerts; its address stays with the robot."""

    id: str
    name: str
    label: str
    made_at: datetime
    here: bool = Field(description="Whether it is this device's.")


class SubscriptionsBody(BaseModel):
    """The browsers that are woken."""

    subscriptions: list[SubscriptionBody]


class LookBody(Request):
    """Why somebody wants to look through the camera."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class LookStateBody(BaseModel):
    """A look that was begun."""

    id: str
    seconds_left: float


class HealthBody(BaseModel):
    """Whether the server lives; nothing about anybody."""

    status: Literal["ok"] = "ok"


def alert_body(alert: Alert, room: Room | None = None) -> AlertBody:
    return AlertBody(
        id=alert.id,
        kind=alert.kind,
        state=alert.state.value,
        revision=alert.revision,
        raised_at=time_of(alert.raised_at_s),
        changed_at=time_of(alert.changed_at_s),
        down=alert.down,
        confidence=alert.confidence,
        reason_code=alert.reason_code,
        reason=alert.reason,
        evidence={name: finite(value) for name, value in alert.evidence.items()},
        room="" if room is None else room.name,
        acknowledged_by=alert.acknowledged_by,
        resolved_by=alert.resolved_by,
        verdict=None if alert.verdict is None else alert.verdict.value,
        note=alert.note,
        exchanges=[_exchange_body(each) for each in alert.exchanges],
        offered_to=alert.offered_to,
    )


def _exchange_body(exchange: Exchange) -> ExchangeBody:
    content = asdict(exchange)
    return ExchangeBody(at=time_of(content.pop("at_s")), **content)


def told_body(told: Told) -> ToldBody:
    return ToldBody(who=told.who, by=told.by, state=told.state.value, at=time_of(told.at_s), error=told.error)


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
        battery=view.battery,
        motion=None if view.motion is None else motion_body(view.motion),
    )


def motion_body(motion: Motion) -> MotionBody:
    if motion.is_unknown:
        return MotionBody(allowed_speed_m_s=0.0, emergency_stop=None, cause="", by="", reasons=[])
    return MotionBody(
        allowed_speed_m_s=finite(motion.allowed_speed_m_s) or 0.0,
        emergency_stop=motion.emergency_stop,
        cause=motion.cause,
        by=motion.by,
        reasons=list(motion.reasons),
    )


def part_body(part: Part) -> PartBody:
    return PartBody(
        name=part.name,
        level=LEVELS.get(part.level, "stale"),
        message=part.message,
        values=dict(part.values),
        age_s=round(part.age_s, 2),
    )


def people_body(view: RobotView) -> PeopleBody:
    people = view.people or People(0.0, 0, 0)
    return PeopleBody(
        age_s=view.people_age_s,
        width_px=people.width_px,
        height_px=people.height_px,
        people=[person_body(person, view.tracks.get(person.track_id, "well")) for person in people.people],
    )


def person_body(person: Person, state: str) -> PersonBody:
    return PersonBody(
        track_id=person.track_id,
        confidence=finite(person.confidence) or 0.0,
        state=state,
        keypoints=[
            KeypointBody(name=name, x=finite(x), y=finite(y), confidence=finite(confidence) or 0.0)
            for name, (x, y, confidence) in zip(COCO_KEYPOINTS, person.keypoints.tolist(), strict=True)
        ],
    )


def recording_body(recording: Recording) -> RecordingBody:
    return RecordingBody(
        id=recording.id, why=recording.why, at=time_of(recording.at_s), size_bytes=recording.size_bytes
    )


def time_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def finite(number: float) -> float | None:
    return round(float(number), 4) if math.isfinite(number) else None
