"""`carebot drive`: find, look at, move and measure the motors, without ROS."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.chassis.session import DriveSession
    from carebot.robot import RobotFile

app = typer.Typer(help="Find, look at, move and measure the motors, without ROS.", no_args_is_help=True)

Robot = Annotated[str, typer.Option(help="A robot file, or the name of a robot that carebot ships.")]
Port = Annotated[str, typer.Option(help="The controller's port, in place of the robot file's.")]
Fake = Annotated[str, typer.Option(help="Start a fake controller of this kind, and use that.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]

SLOW_M_S = 0.3
SLOW_RAD_S = 1.0


@app.command()
def ports(
    port: Annotated[list[str] | None, typer.Argument(help="Ask only there, also where it is not on USB.")] = None,
    ask: Annotated[
        bool, typer.Option(help="Ask each port who is there; an Arduino restarts when it is opened.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """List the serial ports, and which motor controller answers on each."""
    from carebot.chassis.ports import SerialDevice, serial_devices
    from carebot.chassis.scan import Answer, who_answers
    from carebot.clock import MonotonicClock

    devices = [SerialDevice(path, "") for path in port] if port else serial_devices()
    rows = [(device, who_answers(device.path, MonotonicClock()) if ask else Answer()) for device in devices]
    if as_json:
        print(json.dumps([{**asdict(device), "answer": asdict(answer)} for device, answer in rows]))
        return
    if not rows:
        print("No serial port is there: plug the motor controller in, and see whether its cable carries data.")
    for device, answer in rows:
        usb = f"{device.vendor}:{device.product} {device.serial}".strip(": ")
        who = f"{answer.controller}: {answer.model}, firmware {answer.firmware}" if answer.model else answer.problem
        print("  ".join(filter(None, (device.path, usb, device.description, who))))


@app.command()
def status(robot: Robot = "simulated", port: Port = "", fake: Fake = "", as_json: AsJson = False) -> None:
    """Ask the motor controller how it is, without arming it; ends with 1 where it reports a fault or a pressed stop."""
    with _session(robot, port, fake) as (_, session):
        identity = session.connect()
        telemetry = session.look(within_s=1.0)
    is_good = not telemetry.faults and not telemetry.estop
    if as_json:
        print(json.dumps({"ok": is_good, "identity": asdict(identity), "telemetry": asdict(telemetry)}))
    else:
        print(f"{identity.model}, firmware {identity.firmware} {identity.serial}".rstrip())
        print(f"  wheels    {_listed(telemetry.speeds_rad_s)} rad/s, at {_listed(telemetry.positions_rad)} rad")
        if telemetry.currents_a:
            print(f"  currents  {_listed(telemetry.currents_a)} A")
        if telemetry.voltage_v is not None:
            print(f"  supply    {telemetry.voltage_v:.1f} V")
        if telemetry.temperature_c is not None:
            print(f"  board     {telemetry.temperature_c:.0f} °C")
        print(f"  stop      {'pressed' if telemetry.estop else 'not pressed'}")
        for fault in telemetry.faults:
            print(f"  fault     {fault.code}: {fault.text}")
    if not is_good:
        raise typer.Exit(1)


@app.command()
def jog(
    robot: Robot = "simulated",
    port: Port = "",
    fake: Fake = "",
    forward: Annotated[float, typer.Option(help="m/s, backward is negative.")] = 0.0,
    left: Annotated[float, typer.Option(help="m/s, for bases that can move sideways.")] = 0.0,
    turn: Annotated[float, typer.Option(help="rad/s, positive turns left.")] = 0.0,
    wheel: Annotated[int | None, typer.Option(help="Turn only this motor, counted from 0.")] = None,
    speed: Annotated[float, typer.Option(help="With --wheel: m/s at its rim.")] = 0.1,
    seconds: Annotated[float, typer.Option(min=0.05, max=60, help="How long.")] = 1.0,
    hold: Annotated[bool, typer.Option("--hold", help="Move only while a key is held down; Esc or q ends it.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="Allow more than 0.3 m/s or 1 rad/s.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move the robot, or one wheel, for a short time: put its wheels off the floor first.

    It stops after --seconds, on Ctrl-C, when a held key is let go, and by the watchdog if this command dies.
    Prints what odometry says; ends with 1 where the motors did not do it.
    """
    from carebot.chassis.jog import Held, Timed
    from carebot.geometry import Twist2D

    twist = Twist2D(forward, left, turn)
    _check_slow(twist, speed if wheel is not None else 0.0, fast)
    with _session(robot, port, fake) as (file, session):
        if wheel is not None and not 0 <= wheel < file.base.motor_count:
            raise ConfigError(f"--wheel {wheel}: the robot has the motors 0 to {file.base.motor_count - 1}.")
        session.connect()
        session.arm(within_s=3.0)
        with Held() if hold else Timed(seconds) as dead_man:
            if wheel is None:
                session.drive(twist, dead_man)
            else:
                rad_s = speed / file.base.wheel_radius_m
                session.turn_wheel(wheel, rad_s, dead_man)
        report = session.report()
    if as_json:
        print(json.dumps(asdict(report)))
        return
    print(f"moved to x {report.x_m:+.3f} m, y {report.y_m:+.3f} m, turned {report.yaw_rad:+.3f} rad")
    print(f"wheels turned by {_listed(report.wheels_rad)} rad, fastest {report.fastest_m_s:.2f} m/s")


@app.command()
def calibrate(
    robot: Robot = "simulated",
    side: Annotated[float, typer.Option(min=0.2, max=20, help="The square's side in metres, by odometry.")] = 2.0,
    ccw: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y", help="Where a square to the left ended, from its start, in metres; repeat it."),
    ] = None,
    cw: Annotated[list[str] | None, typer.Option(metavar="X,Y", help="The same for squares to the right.")] = None,
    straight: Annotated[
        str | None, typer.Option(metavar="TAPE,ODOMETRY", help="A straight run by tape and by odometry, in metres.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Wheel radius and track width from measured squares (UMBmark) and a straight run.

    Mark where the robot stands and looks. Let it drive a square by its own odometry, several times to the left and to
    the right, and measure each time where it really ended: X along the first side, Y to the left.
    """
    from carebot.chassis.build import load_checked
    from carebot.drive.calibration import SquareRuns
    from carebot.drive.calibration import calibrate as solve

    base = load_checked(robot).base
    real_m, counted_m = _pair(straight, "--straight") if straight else (1.0, 1.0)
    try:
        runs = SquareRuns(
            side, tuple(_pair(end, "--ccw") for end in ccw or ()), tuple(_pair(end, "--cw") for end in cw or ())
        )
        found = solve(runs, base.wheel_radius_m, base.track_width_m * base.slip_correction, real_m, counted_m)
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"this cannot be calibrated: {error}.") from None
    if as_json:
        print(json.dumps(asdict(found)))
        return
    is_skid = base.kinematics == "skid_steer"
    print(f"wheel_radius_m: {found.wheel_radius_m:.5f}   # was {base.wheel_radius_m:g}")
    if is_skid:
        print(f"slip_correction: {found.track_width_m / base.track_width_m:.4f}   # was {base.slip_correction:g}")
    else:
        print(f"track_width_m: {found.track_width_m:.5f}   # was {base.track_width_m:g}")
    print(f"# the left wheel is {100 * (found.left_to_right - 1):+.2f} % larger than the right one")
    print(f"# ends were {found.worst_before_m:.3f} m off; their scatter, which stays, is {found.scatter_m:.3f} m")


@app.command("fake")
def serve_fake(robot: Robot = "simulated", port: Port = "") -> None:
    """Serve a fake of the robot's controller on a pseudo-terminal until Ctrl-C, for tests and simulations."""
    from carebot.chassis.build import load_checked, make_fake
    from carebot.chassis.ports import find_port
    from carebot.clock import MonotonicClock

    file = load_checked(robot)
    if file.controller.port is None:
        raise ConfigError(f"the robot {file.name} has an external controller, which has no fake.")
    if not port and not file.controller.port.simulated:
        raise ConfigError(f"the robot {file.name} has a real port: say with --port where the fake is to be.")
    path = Path(port or find_port(file.controller.port))
    with make_fake(file, path, MonotonicClock()):
        print(f"a fake {file.controller.name} answers on {path}", flush=True)
        _until_stopped()


@contextmanager
def _session(robot: str, port: str, fake: str) -> Iterator[tuple[RobotFile, DriveSession]]:
    from carebot.chassis.build import load_checked
    from carebot.chassis.session import DriveSession, fake_for

    with fake_for(robot, fake) as fake_robot:
        file = fake_robot or load_checked(robot, port)
        if file.controller.port is None:
            raise ConfigError(f"the robot {file.name} is driven by its own base over ROS: use its own commands.")
        with DriveSession(file) as session:
            yield file, session


def _check_slow(twist: object, rim_m_s: float, fast: bool) -> None:
    from carebot.geometry import Twist2D

    assert isinstance(twist, Twist2D)
    speeds_m_s = (twist.vx_m_s, twist.vy_m_s, rim_m_s)
    if not all(abs(speed) < 10 for speed in (*speeds_m_s, twist.yaw_rad_s)):
        raise ConfigError("a speed must be a number below 10: give m/s and rad/s.")
    if not fast and (max(map(abs, speeds_m_s)) > SLOW_M_S or abs(twist.yaw_rad_s) > SLOW_RAD_S):
        raise ConfigError(f"that is more than {SLOW_M_S} m/s or {SLOW_RAD_S:g} rad/s: go slower, or add --fast.")


def _pair(text: str, option: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"{option} {text!r}: give two numbers in metres with a comma, such as 0.03,-0.12.") from None
    return first, second


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _until_stopped() -> None:
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
