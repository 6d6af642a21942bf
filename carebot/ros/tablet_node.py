"""The tablet as a node: ROS in a thread that only stores, the web server in the main thread."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from carebot.errors import CarebotError, SetupError
from carebot.records.black_box_files import black_box_dir
from carebot.records.site import site_path
from carebot.resources import data_dir
from carebot.ros.run import nodes
from carebot.ros.tablet_robot import TabletNode, TabletParameters
from carebot.tablet.certificate import Certificates, Pair, ensure, tls_dir
from carebot.tablet.invitation import Invitation, withdraw_invitation, write_invitation
from carebot.tablet.own_certificate import own_pair
from carebot.tablet.pairing import Pairing, Pin
from carebot.tablet.push_key import load_push_key
from carebot.tablet.server import TabletServer, bind, is_for_this_machine_alone, url
from carebot.tablet.sessions import load_secret
from carebot.tablet.traces import Traces

if TYPE_CHECKING:
    from carebot.tablet.access import Mode

LOOK_UP_S = 0.2


@dataclass
class _Stop:
    """Why to end, and whether to: a signal, or a fault of the thread that spins."""

    event: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None


def main() -> None:
    """Serve until SIGINT or SIGTERM; exit code 0 then, a CarebotError's own after its sentence."""
    stop = _Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.event.set())
    # Signals stay with Python: rclpy's handler would take the context away under the web server's feet.
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        with nodes([TabletNode]) as (node,):
            _serve(node, stop)
    except CarebotError as error:
        print(f"tablet: {error}", file=sys.stderr, flush=True)
        sys.exit(error.exit_code)
    finally:
        rclpy.try_shutdown()


def _serve(node: TabletNode, stop: _Stop) -> None:
    settings = node.settings
    with contextlib.closing(bind(settings.host, settings.port)) as listening:
        from carebot.tablet.app import AppSettings, create_app  # NiceGUI takes a second; a taken port need not wait
        from carebot.tablet.books import open_books
        from carebot.tablet.push_service import PushServices

        is_local = is_for_this_machine_alone(listening)
        certificates = _certificates(settings, is_local)
        scheme = "http" if certificates is None else "https"
        address, port = url(listening, scheme), int(listening.getsockname()[1])  # uvicorn closes the socket
        pairing = Pairing(lambda pin: _announce(node, address, port, pin))
        authority = certificates.authority if isinstance(certificates, Certificates) else None
        push_key = load_push_key(data_dir() / "tablet" / "push-key.pem")
        push = PushServices(push_key, settings.push_contact, settings.push_services)
        app_settings = AppSettings(
            settings.language, settings.hosts, stop.event.is_set, _access(settings, is_local), authority, push
        )
        secret = load_secret(data_dir() / "tablet" / "secret")
        with contextlib.closing(open_books(site_path())) as books:
            app = create_app(
                node,
                pairing,
                secret,
                app_settings,
                books,
                motion=node.motion,
                going=node.going,
                looking=node.looking,
                caring=node.caring,
                talking=node.talking,
                house=node.house,
                noticing=node.noticing,
                traces=Traces(node.log, black_box_dir(node.get_namespace())),
            )
            server = TabletServer(app, stop.event.is_set, certificates, lambda: _certificates(settings, is_local))
            pairing.pin(time.monotonic())
            gc.collect()
            gc.freeze()  # what is loaded by now stays: walking through it anew held pages and joystick for 250 ms
            try:
                with _spinning(node, stop):
                    server.run(sockets=[listening])
            finally:
                withdraw_invitation(port)
    if stop.error is not None:
        raise stop.error
    if not server.started:
        raise SetupError(f"The tablet's web server at {address} did not start: see the lines above.")


def _access(settings: TabletParameters, is_local: bool) -> Mode:
    """Whether somebody must administer the robot before anything opens."""
    is_wanted = settings.sign_in == "on" or (settings.sign_in == "auto" and not is_local)
    return "accounts" if is_wanted else "auto"


def _certificates(settings: TabletParameters, is_local: bool) -> Pair | None:
    """None where HTTPS is switched off, or not needed because only this machine can reach the server."""
    if settings.tls == "off":
        return None
    own = own_pair(settings.certificate, settings.certificate_key)
    if own is not None or (settings.tls == "auto" and is_local):
        return own
    return ensure(tls_dir(), settings.hosts)


@contextlib.contextmanager
def _spinning(node: TabletNode, stop: _Stop) -> Iterator[None]:
    """ROS spins in a thread inside; a fault there ends the server too."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    thread = threading.Thread(target=_spin, args=(executor, stop), name="ros")
    thread.start()
    try:
        yield
    finally:
        stop.event.set()
        thread.join()
        executor.shutdown()


def _spin(executor: SingleThreadedExecutor, stop: _Stop) -> None:
    try:
        while not stop.event.is_set():
            executor.spin_once(timeout_sec=LOOK_UP_S)
    except Exception as error:  # noqa: BLE001 - raised again by the main thread
        stop.error = error
        stop.event.set()


def _announce(node: TabletNode, address: str, port: int, pin: Pin) -> None:
    """Show a new PIN on the robot's terminal, and leave it where `carebot` commands of this user find it."""
    invitation = Invitation(address, pin.digits, time.time() + pin.expires_s - time.monotonic())
    try:  # before it is shown: whoever has read it here may look there at once
        write_invitation(invitation, port)
    except OSError as error:
        node.get_logger().warning(f"cannot leave the PIN for other commands ({error.strerror}); it is only shown here")
    node.get_logger().info(invitation.sentence())
