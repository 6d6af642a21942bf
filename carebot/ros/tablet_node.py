"""The tablet as a node: ROS in a thread that only stores, the web server in the main thread."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from carebot.errors import CarebotError, SetupError
from carebot.resources import data_dir
from carebot.ros.run import nodes, ros
from carebot.ros.tablet_robot import TabletNode
from carebot.tablet.invitation import Invitation, withdraw_invitation, write_invitation
from carebot.tablet.pairing import Pairing, Pin
from carebot.tablet.server import TabletServer, bind, url
from carebot.tablet.sessions import load_secret


@dataclass
class _Spin:
    """What became of the thread that spins."""

    error: Exception | None = None


def main() -> None:
    """Serve until SIGINT or SIGTERM; exit code 0 then, a CarebotError's own after its sentence."""
    sys.exit(serve())


def serve() -> int:
    try:
        with ros(), nodes([TabletNode]) as (node,):
            return _serve(node)
    except CarebotError as error:
        print(f"tablet: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


def _serve(node: TabletNode) -> int:
    from carebot.tablet.app import AppSettings, create_app  # NiceGUI takes a second; a bad parameter need not wait

    settings = node.settings
    with contextlib.closing(bind(settings.host, settings.port)) as listening:
        pairing = Pairing(lambda pin: _announce(node, listening, pin))
        app_settings = AppSettings(settings.language, settings.hosts, lambda: server.should_exit)
        secret = load_secret(data_dir() / "tablet" / "secret")
        server = TabletServer(create_app(node, pairing, secret, app_settings))
        pairing.pin(time.monotonic())
        with _spinning(node, server) as spin:
            server.run(sockets=[listening])
        withdraw_invitation(_port(listening))
    if spin.error is not None:
        raise spin.error
    if not server.started:
        raise SetupError(f"The tablet's web server at {settings.host}:{settings.port} did not start: see above.")
    return 0


@contextlib.contextmanager
def _spinning(node: TabletNode, server: TabletServer) -> Iterator[_Spin]:
    """ROS spins in a thread inside; when it ends, by a signal or a fault, the server ends too."""
    spin = _Spin()
    executor = SingleThreadedExecutor()
    executor.add_node(node)

    def run() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            pass
        except Exception as error:  # noqa: BLE001 - raised again by the main thread
            spin.error = error if rclpy.ok() else None
        finally:
            server.should_exit = True

    thread = threading.Thread(target=run, name="ros")
    thread.start()
    try:
        yield spin
    finally:
        executor.shutdown()
        rclpy.try_shutdown()
        thread.join(timeout=5.0)


def _announce(node: TabletNode, listening: socket.socket, pin: Pin) -> None:
    """Show a new PIN on the robot's terminal, and leave it where `carebot` commands of this user find it."""
    invitation = Invitation(url(listening), pin.digits, time.time() + pin.expires_s - time.monotonic())
    node.get_logger().info(invitation.sentence())
    try:
        write_invitation(invitation, _port(listening))
    except OSError as error:
        node.get_logger().warning(f"cannot leave the PIN for other commands ({error.strerror}); it is only shown here")


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])
