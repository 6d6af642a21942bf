"""The fake ODrive, spoken to as hosts of the vendor's libraries do, held to what the firmware's source says."""

from __future__ import annotations

from math import cos, pi, sin

import pytest

from carebot.drivers.odrive import FakeODrive, ODriveSettings, dialects, fake_properties

NEW, OLD = (0, 6, 11), (0, 5, 6)


class Host:
    """Time passes while it waits, and a little with each line."""

    def __init__(self, firmware: tuple[int, int, int] = OLD, gear_ratio: float = 1.0) -> None:
        self.fake = FakeODrive(ODriveSettings(port="x", gear_ratio=gear_ratio))
        self.fake.firmware = firmware
        self.now_s = 1.0
        self.fake.feed(b"", self.now_s)

    @property
    def errors(self) -> str:
        return "axis0.error" if self.fake.firmware < (0, 6) else "axis0.active_errors"

    def wait(self, seconds: float) -> None:
        ends_s = self.now_s + seconds
        while self.now_s < ends_s:
            self.now_s = min(self.now_s + 0.1, ends_s)
            assert self.fake.feed(b"", self.now_s) == b""

    def say(self, line: str) -> str:
        self.now_s += 0.001
        return self.fake.feed(line.encode("ascii") + b"\n", self.now_s).decode("ascii").removesuffix("\r\n")

    def read(self, path: str) -> float:
        return float(self.say(f"r {path}"))

    def write(self, path: str, value: float) -> None:
        assert self.say(f"w {path} {value}") == ""

    def state(self) -> float:
        return self.read("axis0.current_state")

    def request(self, state: float) -> None:
        self.write("axis0.requested_state", state)

    def feedback(self) -> tuple[float, float]:
        turns, turns_per_s = self.say("f 0").split()
        return float(turns), float(turns_per_s)

    def run_state(self, state: int, timeout_s: float = 10.0) -> bool:
        """As ODriveArduino's `run_state` that waits for idle."""
        self.request(state)
        for _ in range(int(timeout_s * 10)):
            self.wait(0.1)
            if self.state() == dialects.IDLE:
                return True
        return False

    def enter(self) -> int:
        """As ODriveArduino's SineWaveUART.ino; returns how often it had to ask."""
        for tries in range(10):
            if self.state() == dialects.CLOSED_LOOP_CONTROL:
                return tries
            assert self.say("sc") == ""
            self.request(dialects.CLOSED_LOOP_CONTROL)
            self.wait(0.01)
        pytest.fail("it never enters closed loop control")


@pytest.fixture(params=[OLD, NEW], ids=["0.5", "0.6"])
def host(request: pytest.FixtureRequest) -> Host:
    return Host(request.param)


# --- states -----------------------------------------------------------------------------------------------------------


def test_the_sine_wave_of_odrive_arduino_runs_from_power_on(host: Host) -> None:
    assert host.state() == dialects.IDLE
    assert host.read("vbus_voltage") == pytest.approx(24.6)
    assert host.enter() == 1
    period_s, follows = 2.0, []
    for step in range(400):
        phase = step * 0.01 * 2 * pi / period_s
        assert host.say(f"p 0 {sin(phase):.4f} {cos(phase) * 2 * pi / period_s:.4f} 0.0000") == ""
        host.wait(0.008)
        follows.append(abs(host.feedback()[0] - sin(phase)))
    assert max(follows[100:]) < 0.15


def test_entering_closed_loop_feeds_a_watchdog_that_ran_out(host: Host) -> None:
    host.write("axis0.config.watchdog_timeout", 0.5)
    host.write("axis0.config.enable_watchdog", 1)
    host.wait(0.7)
    assert host.read(host.errors) == host.fake.dialect.watchdog_bit
    assert host.enter() <= 2
    host.wait(0.3)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL
    host.wait(0.3)
    assert host.state() == dialects.IDLE


def test_the_position_where_it_was_armed_is_held_and_not_one_of_before(host: Host) -> None:
    host.say("v 0 2")
    host.enter()
    host.wait(0.5)
    host.request(dialects.IDLE)
    host.wait(0.5)
    host.say("p 0 -7 0")
    here = host.feedback()[0]
    assert here > 0.5
    host.enter()
    host.wait(1.0)
    assert host.feedback()[0] == pytest.approx(here, abs=0.01)
    assert host.read("axis0.controller.input_pos") == pytest.approx(here, abs=0.01)


def test_a_request_that_cannot_be_met_is_forgotten_with_the_next(host: Host) -> None:
    host.fake.axes[0].is_motor_calibrated = False
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.IDLE
    assert host.read(host.errors) == (1 if host.fake.firmware < (0, 6) else 0)
    assert host.say("r axis0.procedure_result") == ("invalid property" if host.fake.firmware < (0, 6) else "14")
    host.fake.axes[0].is_motor_calibrated = True
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL
    assert host.read(host.errors) == 0


def test_other_errors_stay_until_they_are_cleared(host: Host) -> None:
    host.fake.axes[0].fail(0x100)
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.IDLE
    assert host.read(host.errors) == 0x100
    assert host.enter() == 1


def test_an_unknown_state_is_refused_and_none_changes_nothing(host: Host) -> None:
    host.enter()
    host.request(dialects.UNDEFINED)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL
    host.request(99)
    assert host.state() == dialects.IDLE
    assert host.read(host.errors) == (1 if host.fake.firmware < (0, 6) else 0)


def test_odrive_arduino_calibrates_one_as_delivered() -> None:
    host = Host()
    host.say("se")
    host.wait(0.2)
    host.write("axis0.controller.config.vel_limit", 10.0)
    host.write("axis0.motor.config.current_lim", 11.0)
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.IDLE
    assert host.read("axis0.motor.is_calibrated") == 0
    assert host.run_state(dialects.MOTOR_CALIBRATION)
    assert host.read("axis0.motor.is_calibrated") == 1
    assert host.read("axis0.encoder.is_ready") == 0
    assert host.run_state(dialects.ENCODER_OFFSET_CALIBRATION)
    assert host.read("axis0.encoder.is_ready") == 1
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL
    host.say("p 0 1.5 0.0000 0.0000")
    host.wait(1.0)
    assert host.read("axis0.encoder.pos_estimate") == pytest.approx(1.5, abs=0.02)
    assert host.read("axis0.encoder.vel_estimate") == pytest.approx(0.0, abs=0.02)


def test_the_encoder_calibration_turns_the_motor_and_back(host: Host) -> None:
    host.request(dialects.FULL_CALIBRATION_SEQUENCE)
    host.wait(4.5)
    assert host.state() == dialects.ENCODER_OFFSET_CALIBRATION
    assert host.feedback() == (0.0, 0.0)
    host.wait(4.4)
    assert host.feedback()[0] == pytest.approx(8 / 7, abs=0.1)
    host.wait(4.4)
    assert host.state() == dialects.IDLE
    assert host.feedback()[0] == pytest.approx(0.0, abs=0.1)


def test_a_watchdog_ends_a_calibration(host: Host) -> None:
    host.fake.axes[0].is_motor_calibrated = False
    host.write("axis0.config.watchdog_timeout", 0.2)
    host.say("u 0")
    host.write("axis0.config.enable_watchdog", 1)
    assert host.run_state(dialects.MOTOR_CALIBRATION, 0.5)
    assert host.read(host.errors) == host.fake.dialect.watchdog_bit
    assert not host.fake.axes[0].is_motor_calibrated


def test_firmware_0_6_tells_what_a_request_came_to() -> None:
    host = Host(NEW)
    host.request(dialects.MOTOR_CALIBRATION)
    assert host.read("axis0.procedure_result") == 1
    host.request(dialects.IDLE)
    assert host.read("axis0.procedure_result") == 2
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert (host.read("axis0.procedure_result"), host.read("axis0.is_armed")) == (0, 1)
    host.fake.axes[0].fail(0x1000)
    assert (host.read("axis0.procedure_result"), host.read("axis0.is_armed")) == (3, 0)
    host.request(99)
    assert host.read("axis0.procedure_result") == 13


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "mode"),
    [
        ("p 0 0 0 0", dialects.POSITION_CONTROL),
        ("q 0 0 2 1", dialects.POSITION_CONTROL),
        ("v 0 0 0", dialects.VELOCITY_CONTROL),
        ("c 0 0", dialects.TORQUE_CONTROL),
        ("t 0 0", dialects.POSITION_CONTROL),
        ("u 0", dialects.VELOCITY_CONTROL),
        ("esl 0 0", dialects.VELOCITY_CONTROL),
    ],
)
def test_commands_set_their_mode_and_feed_the_watchdog(host: Host, line: str, mode: int) -> None:
    host.write("axis0.controller.config.control_mode", dialects.VELOCITY_CONTROL)
    host.write("axis0.config.watchdog_timeout", 0.1)
    host.enter()
    host.write("axis0.config.enable_watchdog", 1)
    for _ in range(5):
        assert host.say(line) == ("encoder set to 0" if line[0] == "e" else "")
        host.wait(0.06)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL
    assert host.read("axis0.controller.config.control_mode") == mode
    host.wait(0.1)
    assert host.state() == dialects.IDLE


@pytest.mark.parametrize("command", ["p", "q", "v", "c", "t"])
def test_commands_that_lack_something_are_refused(command: str) -> None:
    host = Host()
    assert host.say(f"{command} 0") == host.say(f"{command} x 1") == host.say(command) == "invalid command format"
    assert host.say(f"{command} 7 1") == "invalid motor 7"
    assert host.say(f"{command}1 0.5") == ""  # as sscanf reads it


def test_positions_have_a_limit_of_speed_and_of_torque() -> None:
    host = Host()
    host.enter()
    host.say("q 0 4 0.5")
    host.wait(1.0)
    assert host.feedback()[1] == pytest.approx(0.5, abs=0.01)
    host.say("q 0 4 0.4 0.3")
    host.wait(1.0)
    assert host.feedback()[1] == pytest.approx(0.3 / 0.2 / (2 * pi), abs=0.01)  # friction takes it all
    assert host.read("axis0.controller.config.vel_limit") == pytest.approx(0.4)
    assert host.read("axis0.motor.config.torque_lim") == pytest.approx(0.3)


def test_no_speed_is_above_the_limit(host: Host) -> None:
    host.enter()
    host.write("axis0.controller.config.vel_limit", 1.0)
    host.say("v 0 5")
    host.wait(1.0)
    assert host.feedback()[1] == pytest.approx(1.0, abs=0.05)


def test_a_trajectory_speeds_up_and_slows_down(host: Host) -> None:
    host.enter()
    host.write("axis0.trap_traj.config.vel_limit", 1.0)
    host.write("axis0.trap_traj.config.accel_limit", 2.0)
    host.write("axis0.trap_traj.config.decel_limit", 2.0)
    host.say("t 0 3")
    assert host.read("axis0.controller.config.input_mode") == dialects.TRAP_TRAJ
    fastest, began_s = 0.0, host.now_s
    while not host.read("axis0.controller.trajectory_done") and host.now_s < began_s + 10:
        host.wait(0.01)
        fastest = max(fastest, host.feedback()[1])
    assert fastest == pytest.approx(1.0, abs=0.05)
    assert host.now_s - began_s == pytest.approx(3.5, abs=0.1)
    host.wait(0.3)
    assert host.feedback()[0] == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_torque_turns_the_motor_up_to_the_limit_of_speed(host: Host, direction: float) -> None:
    host.enter()
    host.write("axis0.controller.config.vel_limit", 1.0)
    host.say(f"c 0 {direction * 2.0}")
    host.wait(0.01)
    assert host.fake.motors[0].current_a * 0.6 == pytest.approx(direction / 6, abs=0.05)  # vel_gain × limit
    host.write("axis0.controller.config.vel_gain", 10.0)
    host.wait(1.0)
    assert 0.5 < host.feedback()[1] * direction < 1.0


def test_a_torque_is_of_the_shaft_with_the_encoder() -> None:
    host = Host(gear_ratio=8.0)
    host.enter()
    host.say("c 0 0.25")
    host.wait(0.004)
    assert host.fake.motors[0].current_a * 0.6 == pytest.approx(8 * 0.25, rel=0.08)
    assert host.read("axis0.motor.config.torque_constant") == pytest.approx(0.6 / 8)


def test_a_ramp_and_a_filter_let_it_start_softly(host: Host) -> None:
    host.write("axis0.controller.config.input_mode", dialects.VEL_RAMP)
    host.write("axis0.controller.config.vel_ramp_rate", 2.0)
    host.enter()
    host.say("v 0 3")
    host.wait(1.0)
    assert host.feedback()[1] == pytest.approx(2.0, abs=0.1)
    host.say("v 0 0")
    host.wait(2.0)
    host.write("axis0.controller.config.control_mode", dialects.POSITION_CONTROL)
    host.write("axis0.controller.config.input_mode", dialects.POS_FILTER)
    start = host.feedback()[0]
    host.write("axis0.controller.input_pos", start + 1)
    host.wait(0.5)
    assert host.feedback()[0] == pytest.approx(start + 0.26, abs=0.08)  # 1 - 2/e of the step, and the loop's lag
    host.wait(5.0)
    assert host.feedback()[0] == pytest.approx(start + 1, abs=0.01)


def test_an_inactive_input_changes_nothing(host: Host) -> None:
    host.enter()
    host.write("axis0.controller.config.input_mode", dialects.INACTIVE)
    host.say("v 0 3")
    host.wait(0.5)
    assert host.feedback() == (0.0, 0.0)


@pytest.mark.parametrize(("count", "told"), [(100, "100"), (-8192, "4294959104")])
def test_the_encoder_can_be_set(count: int, told: str) -> None:
    host = Host()
    assert host.say(f"esl 0 {count}") == f"encoder set to {told}"
    assert host.read("axis0.encoder.pos_estimate") == pytest.approx(count / 8192, abs=1e-5)
    assert host.say("esl 0") == host.say("es 0 1") == host.say("e") == "invalid command format"
    assert host.say("esl 2 1") == "invalid motor 2"


def test_a_restart_forgets_what_was_not_saved() -> None:
    host = Host()
    host.wait(1.0)
    for command, expected in (("sr", "1.000000"), ("ss", "3.000000"), ("se", "1.000000")):
        host.write("axis0.controller.config.vel_ramp_rate", 3)
        before_ms = host.read("system_stats.uptime")
        assert host.say(f"{command}\nr vbus_voltage\nr vbus_volt") == ""
        assert host.say("r vbus_voltage") == ""
        host.wait(0.2)
        assert host.read("system_stats.uptime") < before_ms
        assert host.say("r axis0.controller.config.vel_ramp_rate") == expected


def test_an_armed_one_does_not_save() -> None:
    host = Host()
    host.enter()
    host.say("ss")
    assert host.state() == dialects.CLOSED_LOOP_CONTROL


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        # What ascii_protocol.cpp of firmware 0.5.6 answers, byte for byte.
        (b"r vbus_voltage\n", b"24.600000\r\n"),
        (b"r vbus_voltage *93\n", b"24.600000*46\r\n"),
        (b"r vbus_voltage *94\n", b""),
        (b"r vbus_voltage ; how full is it?\n", b"24.600000\r\n"),
        (b"r fw_version_minor!", b"5\r\n"),
        (b"r serial_number\r", b"357049621\r\n"),
        (b"f 0\n", b"0.000000 0.000000\r\n"),
        (b"f 7\n", b"invalid motor 7\r\n"),
        (b"f\n", b"invalid command format\r\n"),
        (b"v 0\n", b"invalid command format\r\n"),
        (b"v 0 1 0\n", b""),
        (b"r no_such_thing\n", b"invalid property\r\n"),
        (b"r axis7.current_state\n", b"invalid property\r\n"),
        (b"r axis0.pos_estimate\n", b"invalid property\r\n"),
        (b"w vbus_voltage 1\n", b"not implemented\r\n"),
        (b"w axis0.config.enable_watchdog yes\n", b"not implemented\r\n"),
        (b"x\n", b"unknown command\r\n"),
        (b"\n", b"unknown command\r\n"),
        (b"sc\n", b""),
        (b"sx\n", b""),
        (b"f " + b"0" * 300 + b"\nf 1\n", b"0.000000 0.000000\r\n"),
        (b"i\n", b"Hardware version: 3.6-56V\r\nFirmware version: 0.5.6\r\nSerial number: 20793595524B\r\n"),
        (
            b"i *73\n",
            b"Hardware version: 3.6-56V*45\r\nFirmware version: 0.5.6*66\r\nSerial number: 20793595524B*110\r\n",
        ),
    ],
)
def test_the_fake_answers_as_the_firmware_does(line: bytes, answer: bytes) -> None:
    fake = FakeODrive(ODriveSettings(port="x"))
    assert fake.feed(line, 1.0) == answer
    fake = FakeODrive(ODriveSettings(port="x"))
    assert b"".join(fake.feed(bytes((byte,)), 1.0) for byte in line) == answer


def test_help_has_a_checksum_in_every_line() -> None:
    lines = Host().say("h").split("\r\n")
    assert len(lines) == 15
    assert lines.count("") == 3
    checked = Host().say("h *72")
    assert all("*" in line for line in checked.split("\r\n"))


# --- properties -------------------------------------------------------------------------------------------------------


def test_every_property_reads_and_what_can_be_written_reads_back(host: Host) -> None:
    is_old = host.fake.firmware < (0, 6)
    tables = (
        (fake_properties.BOARD_0_5, fake_properties.AXIS_0_5)
        if is_old
        else (fake_properties.BOARD, fake_properties.AXIS_0_6)
    )
    names = [dialects.of_axis(name, 1) for table in tables for name in table]
    assert len(names) > 40
    for name in names:
        host.read(name)
        if name.endswith("requested_state"):
            continue
        refused = host.say(f"w {name} 1")
        assert refused in ("", "not implemented")
        assert refused or host.read(name) == 1


def test_each_firmware_has_its_own_names() -> None:
    assert Host(NEW).say("r axis0.encoder.pos_estimate") == Host(NEW).say("r axis0.error") == "invalid property"
    assert Host(OLD).say("r axis0.pos_estimate") == Host(OLD).say("r axis0.active_errors") == "invalid property"


def test_firmware_0_6_tells_its_estimates() -> None:
    host = Host(NEW)
    host.enter()
    host.write("axis0.controller.config.control_mode", dialects.VELOCITY_CONTROL)
    host.write("axis0.controller.input_vel", 1.5)
    host.wait(1.0)
    assert host.read("axis0.vel_estimate") == pytest.approx(1.5, abs=0.05)
    assert host.read("axis0.pos_estimate") == pytest.approx(1.5, abs=0.2)


def test_motors_draw_current_up_to_the_limit(host: Host) -> None:
    host.enter()
    assert host.read("ibus") == 0
    host.write(
        "axis0.motor.config.current_lim" if host.fake.firmware < (0, 6) else "axis0.config.motor.current_soft_max", 2
    )
    host.say("v 0 2")
    host.wait(0.01)
    assert host.fake.motors[0].current_a == pytest.approx(2.0)
    host.fake.stall(0)
    host.wait(0.5)
    assert host.read("ibus") == pytest.approx(2.0 * 2.0 * 0.8 / 24.6, abs=1e-5)


def test_an_error_can_be_written_away_in_firmware_0_5() -> None:
    host = Host()
    host.fake.axes[0].fail(0x100)
    host.write("axis0.error", 0)
    host.request(dialects.CLOSED_LOOP_CONTROL)
    assert host.state() == dialects.CLOSED_LOOP_CONTROL


def test_mode_written_while_it_turns_holds_where_it_is(host: Host) -> None:
    host.enter()
    host.say("v 0 2")
    host.wait(1.0)
    host.say("v 0 0")
    host.write("axis0.controller.config.control_mode", dialects.POSITION_CONTROL)
    here = host.feedback()[0]
    host.wait(1.0)
    assert host.feedback()[0] == pytest.approx(here, abs=0.05)


def test_a_ramp_starts_at_zero_each_time_it_is_armed(host: Host) -> None:
    host.write("axis0.controller.config.control_mode", dialects.VELOCITY_CONTROL)
    host.write("axis0.controller.config.input_mode", dialects.VEL_RAMP)
    host.say("v 0 3")
    host.enter()
    host.wait(2.0)
    host.request(dialects.IDLE)
    host.wait(0.5)
    host.enter()
    assert host.read("axis0.controller.vel_setpoint") < 0.1


def test_a_restart_brings_the_saved_limit_and_a_fed_watchdog() -> None:
    host = Host()
    host.write("axis0.motor.config.current_lim", 2)
    host.say("sr")
    host.wait(0.2)
    assert host.fake.motors[0].parameters.current_limit_a == 10
    host.write("axis0.config.watchdog_timeout", 0.5)
    host.say("u 0")
    host.write("axis0.config.enable_watchdog", 1)
    host.say("ss")
    host.wait(0.3)
    assert host.read("axis0.error") == 0
    host.wait(0.5)
    assert host.read("axis0.error") == 0x800
