"""The safety node as a process of its own, over real DDS: silence, a kill, a restart, an emergency stop."""

from __future__ import annotations

import math
import signal
from pathlib import Path

import pytest
from carebot_interfaces.msg import DriveState, MotionState
from carebot_interfaces.srv import ResetEmergencyStop
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import TwistStamped
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import BatteryState
from std_srvs.srv import Trigger

from carebot.ros import qos
from carebot.ros.convert import seconds
from tests.ros.surroundings import Surroundings

LIFETIME_S = 0.25


class Driving:
    """A peer that plays navigation and whoever drives, from a steady timer, and hears what comes out."""

    def __init__(self, peer) -> None:
        self.peer, self.wish, self.around = peer, 0.0, Surroundings(peer)
        self.nav = peer.create_publisher(TwistStamped, "cmd_vel_nav", 1)
        self.teleop = peer.create_publisher(TwistStamped, "cmd_vel_teleop", 1)
        self.drive = peer.create_publisher(DriveState, "drive_state", 1)
        self.commands = peer.collect(TwistStamped, "cmd_vel")
        self.states = peer.collect(MotionState, "motion_state", qos.latched(1))
        self.sends = True
        self.driver, self.sideways = "", 0.0
        self.button: bool | None = None
        self.last_stamp_s = 0.0
        peer.create_timer(0.05, self._send, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _send(self) -> None:
        stamp = self.peer.get_clock().now().to_msg()
        if self.button is not None:
            state = DriveState(connected=True, estop=self.button)
            state.header.stamp = stamp
            self.drive.publish(state)
        if self.sends:
            command = TwistStamped()
            command.header.stamp, command.twist.linear.x = stamp, self.wish
            command.twist.linear.y = self.sideways
            command.header.frame_id = f"base_link#{self.driver}" if self.driver else "base_link"
            (self.teleop if self.driver else self.nav).publish(command)
            self.last_stamp_s = seconds(stamp)

    @property
    def speed_m_s(self) -> float | None:
        return self.commands[-1].twist.linear.x if self.commands else None

    @property
    def codes(self) -> list[str]:
        return codes_of(self.states[-1]) if self.states else []

    def until_it_drives(self, wish: float = 0.2) -> None:
        self.wish, self.sends = wish, True
        self.peer.wait_until(lambda: self.speed_m_s == pytest.approx(wish), f"{wish} m/s, not {self.codes}")

    def until_it_stands(self) -> None:
        self.peer.wait_until(lambda: self.speed_m_s == 0.0, "a stop")

    def until_nothing_is_said(self) -> None:
        """DDS takes 20 s to notice a death; what it still delivers has come within a moment."""
        for _ in range(10):
            self.peer.spin(0.02)
        self.commands.clear()
        for _ in range(10):
            self.peer.spin(0.02)
        assert self.commands == []

    def call(self, kind: type, name: str, **request):
        client = self.peer.create_client(kind, name)
        self.peer.wait_until(client.service_is_ready, name)
        future = client.call_async(kind.Request(**request))
        self.peer.wait_until(future.done, f"an answer from {name}")
        return future.result()


def codes_of(state: MotionState) -> list[str]:
    return [reason.code for reason in state.reasons]


@pytest.fixture
def driving(peer) -> Driving:
    return Driving(peer)


@pytest.fixture
def estop_file(tmp_path: Path) -> str:
    return str(tmp_path / "safety" / "stop.json")


def test_it_drives_as_told_and_silence_stops_it_in_time(driving: Driving, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file})
    driving.until_it_drives()
    driving.sends = False
    driving.commands.clear()
    driving.peer.wait_until(lambda: driving.commands and driving.speed_m_s == 0.0, "a stop")
    moving = [seconds(each.header.stamp) for each in driving.commands if each.twist.linear.x != 0.0]
    # What is published holds for a period, so nothing holds longer than the command lives (1 ms for clock reading).
    assert all(stamp_s + 0.02 <= driving.last_stamp_s + LIFETIME_S + 0.001 for stamp_s in moving)
    driving.peer.wait_until(lambda: "command_expired" in driving.codes, "the reason")
    assert driving.states[-1].allowed_speed_m_s == 0.0
    assert "0.25 s" in driving.states[-1].reasons[0].words


def test_a_killed_node_says_nothing_and_its_emergency_stop_outlives_it(driving: Driving, start, estop_file) -> None:
    running = start(safety={"estop_file": estop_file})
    driving.until_it_drives()
    assert driving.call(Trigger, "emergency_stop").success
    driving.until_it_stands()
    running.stop(signal.SIGKILL)
    driving.until_nothing_is_said()
    driving.states.clear()
    start(safety={"estop_file": estop_file})
    driving.peer.wait_until(lambda: len(driving.commands) > 50, "the next one")
    assert {command.twist.linear.x for command in driving.commands} == {0.0}
    driving.peer.wait_until(lambda: driving.states, "its state")
    assert driving.states[-1].emergency_stop
    assert "estop" in driving.codes

    assert not driving.call(ResetEmergencyStop, "reset_emergency_stop", by=" ").accepted
    answer = driving.call(ResetEmergencyStop, "reset_emergency_stop", by="Anna")
    assert (answer.accepted, answer.message) == (True, "")
    driving.until_it_drives()


def test_a_killed_node_leaves_no_word_and_no_motion_before_a_new_command(driving: Driving, start, estop_file) -> None:
    running = start(safety={"estop_file": estop_file})
    driving.until_it_drives()
    running.child.send(signal.SIGKILL)
    running.wait()
    driving.sends = False
    driving.until_nothing_is_said()
    start(safety={"estop_file": estop_file})
    driving.peer.wait_until(lambda: len(driving.commands) > 50, "the next one")
    assert {command.twist.linear.x for command in driving.commands} == {0.0}
    driving.until_it_drives()


def test_obstacles_and_touch_and_the_button_stop_it_and_say_so(driving: Driving, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file, "contact_wait_s": 0.2})
    driving.until_it_drives()
    driving.around.range_m = 0.31
    driving.until_it_stands()
    driving.peer.wait_until(lambda: "obstacle" in driving.codes, "the reason")
    driving.around.range_m = math.inf
    driving.until_it_drives()

    driving.around.pressed = True
    driving.peer.wait_until(lambda: "contact" in driving.codes, "the contact")
    driving.peer.wait_until(lambda: driving.speed_m_s == pytest.approx(-0.05), "the retreat")
    driving.around.pressed = False
    driving.until_it_drives()

    driving.button = True
    driving.peer.wait_until(lambda: driving.states[-1].emergency_stop, "the latch")
    driving.until_it_stands()
    answer = driving.call(ResetEmergencyStop, "reset_emergency_stop", by="Anna")
    assert answer.message == "The button on the robot is still pressed: release it first."
    driving.button = False
    driving.peer.wait_until(lambda: "estop_input" not in driving.codes, "the release")
    assert driving.call(ResetEmergencyStop, "reset_emergency_stop", by="Anna").accepted
    driving.until_it_drives()


def test_who_drives_by_hand_gives_a_name_and_comes_first(driving: Driving, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file})
    driving.until_it_drives(0.2)
    driving.driver = "Anna"
    driving.until_it_drives(0.1)
    driving.driver = ""
    driving.peer.wait_until(lambda: "teleop_holds" in driving.codes, "navigation to wait")
    assert driving.speed_m_s == 0.0


def test_a_command_that_is_said_again_does_not_live_longer(driving: Driving, start, estop_file: str) -> None:
    """Its stamp on the node's steady clock is never twice the same."""
    start(safety={"estop_file": estop_file})
    driving.until_it_drives()
    driving.sends = False
    driving.until_it_stands()
    again = TwistStamped()
    again.header.frame_id = "base_link"
    again.header.stamp = driving.peer.get_clock().now().to_msg()
    for speed_m_s in (0.0, 0.2, 0.2, 0.2):
        again.twist.linear.x = speed_m_s
        driving.nav.publish(again)
        driving.peer.spin(0.02)
    driving.commands.clear()
    driving.peer.wait_until(lambda: len(driving.commands) >= 5, "what it makes of them")
    assert {each.twist.linear.x for each in driving.commands} == {0.0}


def test_commands_without_a_stamp_are_told_to_be_old(driving: Driving, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file})
    driving.sends = False
    unstamped = TwistStamped()
    unstamped.twist.linear.x = 0.2

    def is_told() -> bool:
        driving.nav.publish(unstamped)
        return len(driving.states) > 20 and all("command_expired" in codes_of(state) for state in driving.states[-10:])

    driving.peer.wait_until(is_told, "the reason, again and again")
    assert driving.speed_m_s == 0.0


def test_a_stop_that_the_disk_does_not_take_outlives_a_kill(
    driving: Driving, start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is given back before the next one starts: only the memory knows of the stop."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "memory"))
    folder = tmp_path / "safety"
    safety = {"estop_file": str(folder / "stop.json")}
    running = start(safety=safety)
    driving.until_it_drives()
    folder.write_text("", encoding="utf-8")
    assert driving.call(Trigger, "emergency_stop").success
    running.stop(signal.SIGKILL)
    driving.until_nothing_is_said()
    folder.unlink()
    driving.states.clear()
    start(safety=safety)
    driving.peer.wait_until(lambda: driving.states, "a state")
    assert driving.states[-1].emergency_stop
    assert driving.call(ResetEmergencyStop, "reset_emergency_stop", by="Anna").accepted
    driving.until_it_drives()


def test_without_a_lidar_nothing_moves(peer, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file})
    states = peer.collect(MotionState, "motion_state", qos.latched(1))
    peer.wait_until(lambda: states, "a state")
    words = [reason.words for reason in states[-1].reasons]
    assert "The lidar has not been heard yet." in words
    assert "The bumper has not been heard yet." in words


def test_a_second_publisher_of_cmd_vel_is_an_error(peer, start, estop_file: str) -> None:
    start(safety={"estop_file": estop_file})
    peer.create_publisher(TwistStamped, "cmd_vel", 1)
    heard = peer.collect(DiagnosticArray, "diagnostics")
    peer.wait_until(lambda: heard and "something else publishes" in heard[-1].status[0].message, "the error")


def test_an_emergency_stop_that_cannot_be_kept_stops_all_the_same_and_is_told(driving, start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    start(safety={"estop_file": str(tmp_path / "file" / "stop.json")})
    heard = driving.peer.collect(DiagnosticArray, "diagnostics")
    driving.peer.wait_until(lambda: driving.states, "a state")
    # A path through a file cannot be read either: in doubt it is latched from the start.
    assert driving.states[-1].emergency_stop
    answer = driving.call(ResetEmergencyStop, "reset_emergency_stop", by="Anna")
    assert not answer.accepted
    assert "cannot be written" in answer.message
    driving.peer.wait_until(lambda: heard, "diagnostics")
    assert driving.states[-1].emergency_stop


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_speed_m_s": -1.0}, "max_speed_m_s must be a positive number"),
        ({"front_m": 25.0}, "check the unit"),
        ({"fitted": ["scan", "nose"]}, "fitted"),
        ({"frontm": 0.3}, "frontm"),
    ],
)
def test_bad_parameters_end_it_with_a_sentence(start, parameters: dict, said: str) -> None:
    running = start(safety=parameters)
    assert running.wait() == 2
    assert any(said in line for line in running.lines)
    assert not any("Traceback" in line for line in running.lines)


def test_a_charge_that_is_not_measured_stops_nobody_and_a_base_does_not_slide(
    driving: Driving, start, estop_file
) -> None:
    start(safety={"estop_file": estop_file, "can_slide": False})
    battery = driving.peer.create_publisher(BatteryState, "battery_state", 1)
    driving.sideways = 0.3
    driving.until_it_drives()
    for _ in range(20):
        battery.publish(BatteryState(percentage=math.nan, voltage=24.0))
        driving.peer.spin(0.02)
    assert driving.speed_m_s == pytest.approx(0.2)
    assert driving.commands[-1].twist.linear.y == 0.0
