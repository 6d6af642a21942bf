"""What happens in a scenario besides what the resident does: routines, words, caregivers; the key `care` of its file.

care:
  clock: "08:00"                                    # the time of day at which it begins
  routines:
    - {start: medication_reminder, with: {medicine: the white pill}}
  words: [{says: "stop watching me", at_s: 20}]     # said to the robot unasked
  caregivers: [{by: Aiko Tanaka, after_s: 20}]      # who answers an alert
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel

Seconds = Annotated[float, Field(ge=0, le=7200)]


class Start(FileModel):
    """A routine that is asked for `at_s`; as the schedule would, unless `by` names somebody."""

    start: str
    at_s: Seconds = 0.0
    parameters: dict[str, Any] = Field(default_factory=dict, alias="with")
    by: str = "schedule"


class Words(FileModel):
    """What the resident says to the robot unasked: `at_s`, or `after_s` of the first sentence that holds `after`."""

    says: str = Field(min_length=1, max_length=500)
    at_s: Seconds | None = None
    after: str = ""
    after_s: Seconds = 1.5

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if (self.at_s is None) != bool(self.after):
            raise ValueError("needs at_s, or after with words of the robot: one of the two")
        return self


class CaregiverAnswer(FileModel):
    """What a caregiver answers to each alert, so long after it was raised."""

    by: str
    after_s: Seconds
    answer: Literal["acknowledge", "real", "false_alarm"] = "acknowledge"


class Battery(FileModel):
    """From `at_s` on so much is in the robot's battery."""

    percent: Annotated[int, Field(ge=0, le=100)]
    at_s: Seconds = 0.0


class CareScript(FileModel):
    """`site` is a site file or the name of a shipped one, of the world in which the scenario plays.

    The run ends with the last routine, but not before `lasts_s`, and after `most_s` at the latest. `bumper_at_s`: when
    somebody presses it. `events` (name → seconds) come as such as a doorbell's do.
    """

    site: str = "home"
    clock: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "10:00"
    routines: tuple[Start, ...] = ()
    words: tuple[Words, ...] = ()
    caregivers: tuple[CaregiverAnswer, ...] = ()
    battery: tuple[Battery, ...] = ()
    bumper_at_s: tuple[Seconds, ...] = ()
    events: dict[str, Seconds] = Field(default_factory=dict)
    lasts_s: Seconds = 0.0
    most_s: Annotated[float, Field(gt=0, le=4 * 3600)] = 3600.0
