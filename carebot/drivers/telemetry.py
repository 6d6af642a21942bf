"""What a motor controller tells, in SI units and in the robot's order of motors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the controller complains about; it stays in the telemetry for as long as the controller reports it.

    `code` is stable and for programs. Where one of these says it, use it: over_current, over_temperature,
    under_voltage, over_voltage, encoder, driver, command; else a name of the device's own. The emergency stop and the
    watchdog have fields of their own in `Telemetry`.
    `text` is for people: what is wrong and, where the vendor says so, what to do.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One look at all motors.

    `stamp_s` is the host's clock when the last part arrived. Positions count from wherever the wheel was when the
    controller was opened and run on beyond the device's own counters; positive turns the robot's wheel forward.
    `currents_a` is empty and the others are None where the device does not measure them. `estop` is the device's own
    emergency-stop input; `watchdog_tripped` says that the device stopped the motors because no command came in time.
    """

    stamp_s: float
    positions_rad: tuple[float, ...]
    speeds_rad_s: tuple[float, ...]
    currents_a: tuple[float, ...] = ()
    voltage_v: float | None = None
    temperature_c: float | None = None
    faults: tuple[Fault, ...] = ()
    estop: bool = False
    watchdog_tripped: bool = False
    device_stamp_s: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered; `serial` is empty where the device has no number of its own."""

    model: str
    firmware: str
    serial: str = ""


@dataclass(slots=True)
class LinkCounters:
    """How well the line works; every decoder keeps one."""

    good_frames: int = 0
    bad_frames: int = 0
    """Frames with a wrong checksum, a wrong length, or content that cannot be."""
    dropped_bytes: int = 0
    """Bytes that belonged to no good frame, those of bad frames included."""
