"""What the web app needs of a robot: a look at it, and a way to answer its alerts. It knows no ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from carebot.alerts import Alert, Answer, AnswerOutcome, News, Told
from carebot.people import People
from carebot.tablet.sightings import Sighting

LOST_AFTER_S = 2.0
"""Data older than this is no longer what the robot sees or says."""
MOTION_UNKNOWN_AFTER_S = 0.5
"""Safety speaks ten times a second; after this silence nothing is known of what it allows."""

CARE_ABSENT = AnswerOutcome(False, "The robot's care node is not running: go and look yourself.", None)
CARE_LATE = AnswerOutcome(False, "The robot's care node did not answer in time: go and look yourself.", None)


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the robot last said of itself: `level` is ok, warn, error or stale; values carry their units."""

    name: str
    level: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """What the safety judge allows: the speed, why not more, and whether the emergency stop is latched."""

    allowed_speed_m_s: float
    emergency_stop: bool
    cause: str = ""
    by: str = ""
    reasons: tuple[str, ...] = ()
    age_s: float = 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether safety may by now say something else."""
        return self.age_s > MOTION_UNKNOWN_AFTER_S


@dataclass(frozen=True, slots=True)
class RobotView:
    """The robot as it was last heard of; ages are in seconds, None where nothing was ever heard.

    `care_age_s`: since care last spoke (it keeps the alerts). `people_age_s`: since perception last spoke.
    `camera_age_s`: how old the newest picture was when its people were published, plus the time since. `tracks`: what
    each followed person is in the middle of ("suspected", "confirmed"). `faults`: what the robot itself reports wrong,
    one sentence each. `parts`: what each part says, `motion`: what safety says; None on a robot without wheels.
    `battery`: 0 to 1, None where it is not known. `told`: who was called about the open alerts, and who is next.
    `news`: what caregivers were told in the last day and need not answer, the newest first. `sightings`: where on
    the map people were seen, the newest first.
    """

    name: str = "robot"
    alerts: tuple[Alert, ...] = ()
    care_age_s: float | None = None
    people: People | None = None
    people_age_s: float | None = None
    camera_age_s: float | None = None
    frames_per_second: float = 0.0
    provider: str = ""
    tracks: Mapping[int, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    motion: Motion | None = None
    battery: float | None = None
    told: tuple[Told, ...] = ()
    news: tuple[News, ...] = ()
    sightings: tuple[Sighting, ...] = ()

    @property
    def is_lost(self) -> bool:
        """Whether the alerts shown may no longer be the robot's."""
        return _is_old(self.care_age_s)

    @property
    def is_blind(self) -> bool:
        """Whether the robot sees nothing at the moment."""
        return _is_old(self.people_age_s) or _is_old(self.camera_age_s)


class Robot(Protocol):
    """One robot. `view` returns at once; `answer` waits for care, and says so in its outcome when care is silent."""

    def view(self) -> RobotView: ...

    async def answer(self, alert_id: str, answer: Answer, by: str, note: str, to: str = "") -> AnswerOutcome: ...


def _is_old(age_s: float | None) -> bool:
    return age_s is None or age_s > LOST_AFTER_S
