"""What the DDS settings of `carebot up` promise: pictures fit through, and nobody outside this machine can listen."""

from __future__ import annotations

import os
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from carebot.bringup.environment import dds_environment

PICTURES = 60
SENDER = f"""
import array, sys, time, rclpy
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image
rclpy.init(args=[])
node = rclpy.create_node("sender", namespace="test_robot")
out = node.create_publisher(Image, "pictures", qos_profile_sensor_data)
sys.stdin.readline()
message = Image(height=480, width=640, step=1920, encoding="bgr8", data=array.array("B", bytes(640 * 480 * 3)))
for number in range({PICTURES}):
    message.header.frame_id = str(number)
    out.publish(message)
    time.sleep(1 / 30)
sys.stdin.readline()
"""


@pytest.fixture
def sender():
    process = subprocess.Popen([sys.executable, "-c", SENDER], stdin=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_pictures_come_through_without_being_acknowledged(peer, sender) -> None:
    got: list[Image] = []
    subscription = peer.create_subscription(Image, "pictures", got.append, qos_profile_sensor_data)
    peer.wait_until(subscription.get_publisher_count, "the sender")
    peer.spin(0.2)
    go_on(sender)
    # One or two may be lost to a busy machine; with DDS's own settings nearly all are.
    peer.wait_until(lambda: len(got) >= 0.9 * PICTURES, f"{PICTURES} pictures")
    assert isinstance(got[0].data, array)
    assert len(got[0].data) == 640 * 480 * 3


def test_every_socket_is_on_the_loopback_interface(peer, sender) -> None:
    peer.wait_until(lambda: peer.count_publishers("pictures"), "the sender")
    addresses = {address for protocol in ("udp", "tcp") for address in _addresses(sender.pid, protocol)}
    assert "127.0.0.1" in addresses
    assert {address for address in addresses if not address.startswith(("127.", "239."))} == set()
    assert _addresses(sender.pid, "udp6") == _addresses(sender.pid, "tcp6") == []


def _addresses(pid: int, protocol: str) -> list[str]:
    """The local addresses of the sockets of `pid`; see proc(5)."""
    held = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [line.split() for line in Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]]
    return [_readable(row[1].split(":")[0]) for row in rows if f"socket:[{row[9]}]" in held]


def _readable(hexadecimal: str) -> str:
    return ".".join(str(part) for part in reversed(bytes.fromhex(hexadecimal)))


def test_the_tests_themselves_run_with_those_settings() -> None:
    assert dds_environment("this_machine", {}).items() <= os.environ.items()
