"""The names that ODrive's firmwares give to the same things.

Sources: ODrive Documentation, "API Reference" of 0.5.6 (Firmware/odrive-interface.yaml) and of 0.6; the enumerations
`AxisState`, `ControlMode` and `InputMode` are alike in both. `{axis}` stands for `axis0` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

UNDEFINED = 0
IDLE = 1
STARTUP_SEQUENCE = 2
FULL_CALIBRATION_SEQUENCE = 3
MOTOR_CALIBRATION = 4
ENCODER_OFFSET_CALIBRATION = 7
CLOSED_LOOP_CONTROL = 8

TORQUE_CONTROL = 1
VELOCITY_CONTROL = 2
POSITION_CONTROL = 3

INACTIVE = 0
PASSTHROUGH = 1
VEL_RAMP = 2
POS_FILTER = 3
TRAP_TRAJ = 5

STATE = "{axis}.current_state"
REQUESTED_STATE = "{axis}.requested_state"
CONTROL_MODE = "{axis}.controller.config.control_mode"
INPUT_MODE = "{axis}.controller.config.input_mode"
WATCHDOG_TIMEOUT = "{axis}.config.watchdog_timeout"
ENABLE_WATCHDOG = "{axis}.config.enable_watchdog"
TEMPERATURE = "{axis}.motor.fet_thermistor.temperature"
VOLTAGE = "vbus_voltage"
UPTIME = "system_stats.uptime"
"""Milliseconds."""
FIRMWARE = ("fw_version_major", "fw_version_minor", "fw_version_revision")
HARDWARE = ("hw_version_major", "hw_version_minor", "hw_version_variant")
SERIAL = "serial_number"


@dataclass(frozen=True, slots=True)
class Dialect:
    """`errors` are read all the time: what stopped an axis shows there, and in the last of them nothing that came while
    it was idle, if the firmware can tell. `details` say more, and are read in turn."""

    current: str
    errors: tuple[str, ...]
    details: tuple[str, ...]
    watchdog_bit: int
    estop_bit: int
    invalid_state_bit: int
    """Raised by a request that cannot be met, and gone with the next one; none where `procedure_result` tells it."""


V0_5 = Dialect(
    current="{axis}.motor.current_control.Iq_measured",
    errors=("{axis}.error",),
    details=("error", "{axis}.motor.error", "{axis}.encoder.error", "{axis}.controller.error"),
    watchdog_bit=0x800,
    estop_bit=0x4000,
    invalid_state_bit=0x1,
)
V0_6 = Dialect(
    current="{axis}.motor.foc.Iq_measured",
    errors=("{axis}.active_errors", "{axis}.disarm_reason"),
    details=(),
    watchdog_bit=0x1000000,
    estop_bit=0x2000000,
    invalid_state_bit=0,
)


def of_axis(path: str, axis: int) -> str:
    """The path of a property of this axis."""
    return path.format(axis=f"axis{axis}")
