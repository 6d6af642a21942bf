"""What became of medicines on the plan, and which exercises were done, as care tells it. No ROS.

Days and times are the home's, as YYYY-MM-DD and HH:MM.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MedicineDue:
    """One medicine at one time. `became`: taken, late, missed, left_out, open or not_known; `at` may be empty."""

    day: str
    due: str
    resident: str
    medicine: str
    became: str
    at: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ExerciseDone:
    """One exercise: how many times the robot counted the movement."""

    day: str
    at: str
    resident: str
    movement: str
    times: int


@dataclass(frozen=True, slots=True)
class LookedBack:
    """Both, by day and time, oldest first."""

    medicines: tuple[MedicineDue, ...] = ()
    exercises: tuple[ExerciseDone, ...] = ()
