"""The drive node as a real process, with a fake controller on a pseudo-terminal whose wheels are the truth."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import time
from pathlib import Path

import pytest
from carebot_interfaces.msg import DriveState
from geometry_msgs.msg import TwistStamped
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Odometry
from sensor_msgs.msg import BatteryState
from std_srvs.srv import Trigger

from carebot.drivers.pty_server import PtyServer
from tests.ros.conftest import Peer
from tests.ros.pilot import RADIUS_M, Pilot

STOPPED_WITHIN_S = 0.4
ROUNDS = int(os.environ.get("CAREBOT_TEST_ROUNDS", "1"))
"""More make the figure better and the run longer: about 5 s each."""

pytestmark = pytest.mark.usefixtures("prompt")


@pytest.fixture
def pilot(peer: Peer, wheels: PtyServer) -> Pilot:
    return Pilot(peer, wheels)


def test_a_metre_by_odometry_is_a_metre_of_the_wheels(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    batteries = pilot.peer.collect(BatteryState, "battery_state")
    pilot.until_ready()

    def driven() -> bool:
        pilot.command(0.4)
        return bool(pilot.odometry) and pilot.odometry[-1].pose.pose.position.x >= 0.9

    pilot.peer.wait_until(driven, "0.9 m of odometry")
    pilot.peer.wait_until(lambda: pilot.stands and not pilot.state.moving, "standing still")
    pilot.peer.wait_until(lambda: abs(pilot.odometry[-1].twist.twist.linear.x) < 0.001, "the last odometry")
    last = pilot.odometry[-1]
    assert pilot.state.reconnects == 0
    assert last.pose.pose.position.x == pytest.approx(pilot.travelled_m, rel=0.01)
    assert last.pose.pose.position.y == pytest.approx(0.0, abs=0.01)
    assert (last.header.frame_id, last.child_frame_id) == ("odom", "base_footprint")
    assert 0 < last.pose.covariance[0] < 0.01
    assert last.pose.covariance[35] > 0
    pilot.peer.wait_until(lambda: batteries, "the battery")
    assert batteries[-1].voltage == pytest.approx(24.6, abs=0.1)
    assert 0.5 < batteries[-1].percentage < 1.0


def test_a_turn_by_odometry_is_a_turn_of_the_wheels(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    pilot.until_ready()
    pilot.drive(0.0, 1.5, yaw_rad_s=1.0)
    pilot.peer.wait_until(lambda: pilot.stands and abs(pilot.odometry[-1].twist.twist.angular.z) < 0.001, "standing")
    pilot.drive(0.0, 0.1)
    with pilot.wheels.lock:
        left, right = (motor.position_rad for motor in pilot.wheels.line.fake.motors)
    pose = pilot.odometry[-1].pose.pose
    assert 2 * math.atan2(pose.orientation.z, pose.orientation.w) == pytest.approx(
        (right - left) * RADIUS_M / 0.34, rel=0.01
    )
    assert right > 1


def test_silence_and_bad_commands_stop(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    pilot.until_ready()
    pilot.until_moving()
    pilot.peer.wait_until(lambda: pilot.stands, "standing after silence")
    for bad in (
        lambda: pilot.command(0.3, age_s=0.3),
        lambda: pilot.command(0.3, age_s=-5.0),
        lambda: pilot.command(math.nan),
        lambda: pilot.command(0.3, math.inf),
        lambda: pilot.out.publish(TwistStamped(twist=_forward(0.3))),
    ):
        travelled_m, refused = pilot.travelled_m, pilot.state.refused_commands
        for _ in range(20):
            bad()
            pilot.peer.spin(0.02)
        pilot.peer.wait_until(lambda: pilot.state.refused_commands > refused, "a refusal")  # noqa: B023
        assert pilot.travelled_m == pytest.approx(travelled_m, abs=1e-3)
    pilot.until_moving(0.2)


def _forward(speed_m_s: float):
    message = TwistStamped()
    message.twist.linear.x = speed_m_s
    return message.twist


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_unplugged_it_says_so_and_comes_back_without_moving_on(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    pilot.until_ready()
    told_s, stopped_s = [], []
    for _ in range(ROUNDS):
        pilot.until_moving()
        pilot.command(0.5)
        pilot.wheels.unplug()
        unplugged_s = time.monotonic()
        while pilot.state.connected:
            pilot.peer.spin(0.005)
        told_s.append(time.monotonic() - unplugged_s)
        assert pilot.state.stop_code == "lost"
        assert not pilot.state.armed
        while not pilot.stands:
            assert time.monotonic() < unplugged_s + 5
            time.sleep(0.002)
        stopped_s.append(time.monotonic() - unplugged_s)
        travelled_m = pilot.travelled_m
        pilot.wheels.plug()
        pilot.until_ready()
        # Nobody commands anything: the last command from before must not come to life.
        for _ in range(10):
            pilot.peer.spin(0.02)
        assert pilot.travelled_m == pytest.approx(travelled_m, abs=2e-3)
    assert max(told_s) < 0.3, told_s
    assert max(stopped_s) < STOPPED_WITHIN_S, stopped_s
    assert pilot.state.reconnects >= ROUNDS
    print(f"unplugged {ROUNDS} times: told within {max(told_s):.3f} s, wheels stood within {max(stopped_s):.3f} s")


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_kill_9_of_the_node_stops_the_wheels(pilot: Pilot, start, port: Path) -> None:
    stopped_s = []
    for _ in range(ROUNDS):
        running = start(drive={"port": str(port)})
        pilot.states.clear()
        pilot.until_ready()
        pilot.until_moving()
        running.child.send(signal.SIGKILL)
        stopped_s.append(pilot.until_standing())
        running.wait()
        assert pilot.wheels.line.fake.booted_s is not None
    assert max(stopped_s) < STOPPED_WITHIN_S, stopped_s
    print(f"kill -9, {ROUNDS} times: wheels stood within {max(stopped_s):.3f} s")


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_sigstop_of_the_node_stops_the_wheels_and_nothing_old_is_driven_after(pilot: Pilot, start, port: Path) -> None:
    running = start(drive={"port": str(port)})
    pilot.until_ready()
    stopped_s = []
    for _ in range(ROUNDS):
        pilot.until_moving()
        running.child.send(signal.SIGSTOP)
        try:
            stopped_s.append(pilot.until_standing())
            travelled_m = pilot.travelled_m
            for _ in range(10):
                pilot.command(0.5)  # these wait in the middleware until the node wakes up, and are too old then
                time.sleep(0.01)
            time.sleep(0.3)
        finally:
            running.child.send(signal.SIGCONT)
        for _ in range(25):
            pilot.peer.spin(0.02)
        assert pilot.travelled_m == pytest.approx(travelled_m, abs=5e-3)
        pilot.until_ready()
    assert max(stopped_s) < STOPPED_WITHIN_S, stopped_s
    print(f"SIGSTOP, {ROUNDS} times: wheels stood within {max(stopped_s):.3f} s")


def test_an_emergency_stop_and_what_comes_after(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    pilot.until_ready()
    pilot.until_moving()
    with pilot.wheels.lock:
        pilot.wheels.line.fake.estop = True
    pilot.peer.wait_until(lambda: pilot.state.estop and pilot.stands, "the stop")
    assert pilot.state.stop_code == "estop"
    pilot.drive(0.3, 0.3)
    assert pilot.stands
    with pilot.wheels.lock:
        pilot.wheels.line.fake.estop = False
    pilot.until_ready()
    travelled_m = pilot.travelled_m
    for _ in range(10):
        pilot.peer.spin(0.02)
    assert pilot.travelled_m == pytest.approx(travelled_m, abs=1e-3)
    pilot.until_moving(0.2)


def test_a_blocked_wheel_is_told_and_waits_for_a_person(pilot: Pilot, start, port: Path) -> None:
    start(drive={"port": str(port)})
    clear = pilot.peer.create_client(Trigger, "clear_drive_faults")
    pilot.until_ready()
    pilot.until_moving()
    with pilot.wheels.lock:
        pilot.wheels.line.fake.stall(0)

    def complains() -> bool:
        pilot.command(0.5)
        return "encoder" in pilot.state.fault_codes

    pilot.peer.wait_until(complains, "the fault")
    pilot.peer.wait_until(lambda: pilot.stands, "standing")
    with pilot.wheels.lock:
        pilot.wheels.line.fake.stall(0, False)
    pilot.drive(0.3, 1.0)
    assert pilot.stands
    assert not pilot.state.armed
    asked = clear.call_async(Trigger.Request())
    pilot.peer.wait_until(asked.done, "the service")
    assert asked.result().success
    pilot.until_ready()
    pilot.until_moving(0.2)


def test_the_life_cycle_opens_arms_stops_and_closes(pilot: Pilot, start, port: Path) -> None:
    running = start(drive={"port": str(port), "auto_activate": False})
    change = pilot.peer.create_client(ChangeState, "drive/change_state")
    get = pilot.peer.create_client(GetState, "drive/get_state")
    pilot.peer.wait_until(change.service_is_ready, "the node")

    def ask(client, request):
        future = client.call_async(request)
        pilot.peer.wait_until(future.done, "an answer")
        return future.result()

    def go(transition: int) -> bool:
        request = ChangeState.Request()
        request.transition.id = transition
        return ask(change, request).success

    def stage() -> int:
        return ask(get, GetState.Request()).current_state.id

    pilot.peer.wait_until(lambda: pilot.states, "a state")
    assert (stage(), pilot.state.connected) == (State.PRIMARY_STATE_UNCONFIGURED, False)
    assert go(Transition.TRANSITION_CONFIGURE)
    pilot.peer.wait_until(lambda: pilot.state.connected, "the connection")
    pilot.drive(0.3, 0.3)
    assert (pilot.state.armed, pilot.stands) == (False, True)
    assert go(Transition.TRANSITION_ACTIVATE)
    pilot.until_ready()
    pilot.until_moving()
    assert go(Transition.TRANSITION_DEACTIVATE)
    pilot.drive(0.3, 0.5)
    assert (pilot.state.armed, pilot.stands, stage()) == (False, True, State.PRIMARY_STATE_INACTIVE)
    assert go(Transition.TRANSITION_CLEANUP)
    pilot.peer.wait_until(lambda: not pilot.state.connected, "the end")
    pilot.wheels.unplug()
    assert not go(Transition.TRANSITION_CONFIGURE)
    assert stage() == State.PRIMARY_STATE_UNCONFIGURED
    pilot.peer.wait_until(lambda: "There is no port" in pilot.state.stop_reason, "the reason")
    pilot.wheels.plug()
    assert go(Transition.TRANSITION_CONFIGURE)
    assert go(Transition.TRANSITION_ACTIVATE)
    pilot.until_moving(0.2)
    assert running.stop() == 0
    assert pilot.until_standing() < STOPPED_WITHIN_S


def test_a_controller_that_comes_later_is_taken_up(pilot: Pilot, start, port: Path) -> None:
    pilot.wheels.unplug()
    running = start(drive={"port": str(port)})
    pilot.peer.wait_until(lambda: "There is no port" in pilot.state.stop_reason, "the sentence")
    pilot.wheels.plug()
    pilot.until_ready()
    assert sum("There is no port" in line for line in running.read()) == 1


def test_sigterm_stops_the_wheels_at_once(pilot: Pilot, start, port: Path) -> None:
    running = start(drive={"port": str(port)})
    pilot.until_ready()
    pilot.until_moving()
    running.child.send(signal.SIGTERM)
    assert pilot.until_standing() < STOPPED_WITHIN_S
    assert running.wait() == 0
    assert not any("Traceback" in line for line in running.lines)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"robot": "nobody"}, "there is no robot 'nobody'"),
        ({"robot": "/nowhere/robot.yaml"}, "does not exist"),
        ({"port": 3.5, "prt": "x"}, "prt"),
        ({"robot": "external_base", "port": "/dev/null"}, "external"),
    ],
)
def test_bad_parameters_end_the_node_with_a_sentence(start, parameters: dict, said: str) -> None:
    running = start(drive=parameters)
    assert running.wait() == 2
    assert any(said in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines)


def test_a_robot_with_its_own_base_is_driven_over_its_topics(peer: Peer, start, tmp_path: Path) -> None:
    start(drive={"robot": "external_base"})
    sent = peer.collect(__import__("geometry_msgs.msg", fromlist=["Twist"]).Twist, "/base/cmd_vel")
    states: list[DriveState] = peer.collect(DriveState, "drive_state")
    relayed: list[Odometry] = peer.collect(Odometry, "odom")
    base = peer.create_publisher(Odometry, "/base/odom", 10)
    out = peer.create_publisher(TwistStamped, "cmd_vel", 1)
    peer.wait_until(lambda: states and not states[-1].connected, "a state")

    def step(commanding: bool) -> None:
        message = Odometry(child_frame_id="base_link")
        message.pose.pose.position.x = 1.25
        base.publish(message)
        if commanding:
            wish = TwistStamped(twist=_forward(2.0))
            wish.header.stamp = peer.get_clock().now().to_msg()
            out.publish(wish)

    def limited() -> bool:
        step(commanding=True)
        return bool(sent) and sent[-1].linear.x == pytest.approx(0.31)

    peer.wait_until(limited, "motion at the robot's limit")
    assert max(message.linear.x for message in sent) <= 0.31 + 1e-9
    assert relayed[-1].pose.pose.position.x == 1.25

    def stopped() -> bool:
        step(commanding=False)
        return sent[-1].linear.x == 0.0

    peer.wait_until(stopped, "a stop after silence of the commander")
    peer.wait_until(lambda: not states[-1].connected, "the base's silence to be noticed")
    count = len(sent)
    with contextlib.suppress(AssertionError):
        for _ in range(10):
            peer.spin(0.02)
    assert len(sent) <= count + 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_base_is_told_to_stand_before_the_node_ends(peer: Peer, start, number: signal.Signals) -> None:
    running = start(drive={"robot": "external_base"})
    sent = peer.collect(__import__("geometry_msgs.msg", fromlist=["Twist"]).Twist, "/base/cmd_vel")
    base = peer.create_publisher(Odometry, "/base/odom", 10)
    out = peer.create_publisher(TwistStamped, "cmd_vel", 1)

    def drives() -> bool:
        base.publish(Odometry(child_frame_id="base_link"))
        wish = TwistStamped(twist=_forward(0.2))
        wish.header.stamp = peer.get_clock().now().to_msg()
        out.publish(wish)
        return bool(sent) and sent[-1].linear.x > 0.15

    peer.wait_until(drives, "motion")
    running.child.send(number)
    peer.wait_until(lambda: sent[-1].linear.x == 0.0, "zero as the last word")
    assert running.wait() == 0
    assert sent[-1].linear.x == 0.0
