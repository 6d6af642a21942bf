"""What goes wrong with the robot, in time and by name; no clock, no device, same seed same fault.

This module spoils pictures, people and stamps; what happens to wheels, cables and lidar is in `machine_faults`.

In a scenario's file:

    faults:
      - camera_lost: {at_s: 4, for_s: 2}      # without for_s: until the end
      - clock_jump: {at_s: 6, by_s: -30}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from carebot.people import People, Person
from carebot.simulation.single_keys import Entry, name_of, parse_entries

Picture = NDArray[np.uint8]


class Fault(Entry):
    """Something that is wrong from `at_s` on for `for_s`, in seconds of the simulation; without it until the end."""

    shorthand = "at_s"
    at_s: float = Field(ge=0, le=36000)
    for_s: float | None = Field(default=None, gt=0, le=36000)

    def is_on(self, time_s: float) -> bool:
        return self.at_s <= time_s and (self.for_s is None or time_s < self.at_s + self.for_s)


class CameraLost(Fault):
    """No picture comes."""


class CameraFrozen(Fault):
    """The same picture comes again and again, with new stamps."""


class CameraBlack(Fault):
    """Pictures come, and they are black."""


class CameraNoisy(Fault):
    """Gaussian noise on every picture; `sigma` in grey levels of 255."""

    sigma: float = Field(default=40.0, gt=0, le=128)


class CameraOverExposed(Fault):
    """Everything is `gain` times as bright, and what is brighter than white is white."""

    gain: float = Field(default=2.5, gt=1, le=20)


class LidarStale(Fault):
    """No scan comes."""


class SerialUnplugged(Fault):
    """The motor controller's port vanishes, as when its cable is pulled."""


class SerialCorrupted(Fault):
    """So many bytes of a hundred have a wrong bit, both ways."""

    percent: float = Field(default=5.0, gt=0, le=100)


class SerialSlow(Fault):
    """The controller's bytes come late."""

    delay_s: float = Field(default=0.15, gt=0, le=5)


class MotorStalled(Fault):
    """Something holds a wheel fast."""

    wheel: Literal["left", "right"] = "left"


class WheelSlipping(Fault):
    """The tyres lose their grip, as on a wet floor."""


class BatteryLow(Fault):
    """The supply's voltage drops to this."""

    voltage_v: float = Field(default=21.05, gt=0, le=60)


Process = Literal["perception", "watch", "safety", "drive", "tablet"]


class ProcessKilled(Fault):
    """A process is killed; its supervisor starts it again. `for_s` is how long that takes where there is none."""

    process: Process = "perception"
    for_s: float | None = Field(default=2.0, gt=0, le=600)


class ProcessStopped(Fault):
    """A process hangs: it is there, and does nothing."""

    process: Process = "perception"


class TabletCut(Fault):
    """Nothing comes from the tablet's server any more, as when its network is gone."""


class ClockJump(Entry):
    """From `at_s` on the stamps are off by `by_s`, in seconds."""

    at_s: float = Field(ge=0, le=36000)
    by_s: float = Field(ge=-86400, le=86400)


FAULTS: dict[str, type[Entry]] = {
    "camera_lost": CameraLost,
    "camera_frozen": CameraFrozen,
    "camera_black": CameraBlack,
    "camera_noisy": CameraNoisy,
    "camera_over_exposed": CameraOverExposed,
    "lidar_stale": LidarStale,
    "serial_unplugged": SerialUnplugged,
    "serial_corrupted": SerialCorrupted,
    "serial_slow": SerialSlow,
    "motor_stalled": MotorStalled,
    "wheel_slipping": WheelSlipping,
    "battery_low": BatteryLow,
    "process_killed": ProcessKilled,
    "process_stopped": ProcessStopped,
    "tablet_cut": TabletCut,
    "clock_jump": ClockJump,
}


class Needed(Enum):
    """What a fault needs that is not in every scenario, and how its absence is told."""

    NOTHING = ""
    DRIVE = "the robot has no drive"
    TABLET = "nobody drives the robot from a tablet"


def what_must_be_there(fault: Entry) -> Needed:
    """What a scenario that is played in simulated time must have for this fault to change anything."""
    if isinstance(fault, TabletCut):
        return Needed.TABLET
    if isinstance(fault, ProcessKilled | ProcessStopped):
        return {"tablet": Needed.TABLET, "safety": Needed.DRIVE, "drive": Needed.DRIVE}.get(
            fault.process, Needed.NOTHING
        )
    of_the_machine = (LidarStale, SerialUnplugged, SerialCorrupted, SerialSlow, MotorStalled, WheelSlipping, BatteryLow)
    return Needed.DRIVE if isinstance(fault, of_the_machine) else Needed.NOTHING


def parse_faults(raw: Any) -> tuple[Entry, ...]:
    """The faults that a file names; raises ValueError in plain words."""
    return parse_entries(raw, FAULTS, "fault")


def fault_name(fault: Entry) -> str:
    return name_of(fault, FAULTS)


@dataclass(frozen=True, slots=True)
class Blur:
    """What a bad picture does to the pose model at the fault's usual strength: the share of pictures in which somebody
    is lost who would have been found, and by how much joints err more (1: as in a good picture)."""

    lost: float
    error_factor: float


class Faults:
    """Applies the faults of one run. Hand it everything in order of time: a frozen camera shows what came before."""

    def __init__(self, faults: tuple[Entry, ...], seed: int, blur: Mapping[str, Blur] | None = None) -> None:
        self._faults: list[Fault] = []
        self._jumps: list[ClockJump] = []
        for fault in faults:
            self.add(fault)
        self._rng = np.random.default_rng((seed, 0xFA17))
        self._blur = blur or {}
        self._last_picture: Picture | None = None
        self._last_people: People | None = None

    def add(self, fault: Entry) -> None:
        """One more, also while everything runs."""
        if isinstance(fault, Fault):
            self._faults.append(fault)
        elif isinstance(fault, ClockJump):
            self._jumps.append(fault)

    def clear(self, name: str) -> bool:
        """Faults of that name are over, all of them where `name` is empty; whether there were any."""
        before = len(self._faults) + len(self._jumps)
        self._faults = [fault for fault in self._faults if name and fault_name(fault) != name]
        self._jumps = [jump for jump in self._jumps if name and name != "clock_jump"]
        return len(self._faults) + len(self._jumps) < before

    def on(self, time_s: float) -> tuple[Fault, ...]:
        """Those that are on now."""
        return tuple(fault for fault in self._faults if fault.is_on(time_s))

    def halts(self, process: Process, time_s: float) -> bool:
        """Whether that process does nothing now, because it was killed and is not back yet, or hangs."""
        halting = (ProcessKilled, ProcessStopped)
        return any(isinstance(fault, halting) and fault.process == process for fault in self.on(time_s))

    def kills(self, process: Process, time_s: float) -> bool:
        """Whether that process is dead now, and begins anew afterwards."""
        return any(fault.process == process for fault in self._on(ProcessKilled, time_s))

    def cuts_tablet(self, time_s: float) -> bool:
        """Whether nothing comes from the tablet now, whatever somebody does at it."""
        return bool(self._on(TabletCut, time_s)) or self.halts("tablet", time_s)

    def stamp_s(self, time_s: float) -> float:
        """What the robot's clock says at this simulated time."""
        return time_s + sum(jump.by_s for jump in self._jumps if jump.at_s <= time_s)

    def active(self, time_s: float) -> tuple[str, ...]:
        """The names of the faults that are on; a jump of the clock is so for a second, to be seen."""
        on = [fault_name(fault) for fault in self._faults if fault.is_on(time_s)]
        return (*on, *("clock_jump" for jump in self._jumps if jump.at_s <= time_s < jump.at_s + 1.0))

    def shows_nothing(self, time_s: float) -> bool:
        """Whether the picture of now need not be drawn, because nobody will see it."""
        hiding = (CameraLost, CameraBlack)
        frozen = self._last_picture is not None and any(self._on(CameraFrozen, time_s))
        return frozen or any(fault.is_on(time_s) for fault in self._faults if isinstance(fault, hiding))

    def picture(self, picture: Picture, time_s: float) -> Picture | None:
        """What comes of a picture (H, W, 3) uint8; None where none comes."""
        if any(self._on(CameraLost, time_s)):
            return None
        if any(self._on(CameraFrozen, time_s)):
            self._last_picture = picture if self._last_picture is None else self._last_picture
            return self._last_picture
        if any(self._on(CameraBlack, time_s)):
            picture = np.zeros_like(picture)
        for fault in self._on(CameraOverExposed, time_s):
            picture = np.clip(picture.astype(np.float32) * fault.gain, 0, 255).astype(np.uint8)
        for fault in self._on(CameraNoisy, time_s):
            noise = self._rng.normal(0.0, fault.sigma, picture.shape)
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        self._last_picture = picture
        return picture

    def people(self, people: People, time_s: float) -> People | None:
        """What comes of the people that would have been seen without faults; None where no picture comes.

        `time_s` is the simulated time; the stamp of what comes is that of the robot's clock.
        """
        stamp_s = self.stamp_s(time_s)
        if any(self._on(CameraLost, time_s)):
            return None
        if any(self._on(CameraFrozen, time_s)):
            self._last_people = people if self._last_people is None else self._last_people
            return replace(self._last_people, time_s=stamp_s)
        if any(self._on(CameraBlack, time_s)):
            people = replace(people, people=())
        for noisy in self._on(CameraNoisy, time_s):
            people = self._blurred(people, "camera_noisy", noisy.sigma / CameraNoisy.model_fields["sigma"].default)
        for bright in self._on(CameraOverExposed, time_s):
            usual = CameraOverExposed.model_fields["gain"].default - 1.0
            people = self._blurred(people, "camera_over_exposed", (bright.gain - 1.0) / usual)
        self._last_people = people
        return replace(people, time_s=stamp_s)

    def _on(self, kind: type[Any], time_s: float) -> list[Any]:
        return [fault for fault in self._faults if isinstance(fault, kind) and fault.is_on(time_s)]

    def _blurred(self, people: People, name: str, strength: float) -> People:
        blur = self._blur.get(name, Blur(lost=0.0, error_factor=1.0))
        kept = [each for each in people.people if self._rng.random() >= min(1.0, blur.lost * strength)]
        return replace(people, people=tuple(self._shaken(each, (blur.error_factor - 1.0) * strength) for each in kept))

    def _shaken(self, person: Person, more: float) -> Person:
        """Joints that err more, in parts of the body's size: the usual error is about 3 % of it."""
        keypoints = person.keypoints.copy()
        size = float(np.ptp(keypoints[:, 1]))
        keypoints[:, :2] += self._rng.normal(0.0, 0.03 * size * max(more, 0.0), (17, 2)).astype(np.float32)
        return replace(person, keypoints=keypoints)
