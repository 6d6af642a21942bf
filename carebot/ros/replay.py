"""Feeds a recording to the nodes again, at the pace at which it was recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from carebot_interfaces.msg import FallAlert, People
from mcap.exceptions import McapError
from mcap.reader import McapReader, make_reader
from mcap_ros2.decoder import DecoderFactory
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from carebot.errors import ConfigError, DeviceError
from carebot.perception.frames import Image as Picture
from carebot.ros import qos, simulation_messages
from carebot.ros.beside import node_beside
from carebot.ros.convert import seconds

WAIT_S = 20.0
LAST_WORDS_S = 3.0
NAMES = {FallAlert.SUSPECTED: "suspected", FallAlert.CONFIRMED: "confirmed", FallAlert.RECOVERED: "recovered"}
PICTURE, CAMERA, PEOPLE = "camera/image_raw/compressed", "camera/camera_info", "people"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the recording; `topic` without the robot's namespace."""

    topic: str
    time_ns: int
    message: Any


def read_recording(path: Path) -> Iterator[Entry]:
    """In order of time; raises ConfigError for a file that is no mcap recording of ROS 2 messages."""
    with _opened(path) as reader:
        for _, channel, record, message in reader.iter_decoded_messages():
            yield Entry(_inside(channel.topic), record.log_time, message)


@contextmanager
def _opened(path: Path) -> Iterator[McapReader]:
    try:
        with path.open("rb") as file:
            yield make_reader(file, decoder_factories=[DecoderFactory()])
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): name a file that `--record` wrote.") from None
    except (McapError, EOFError, ValueError) as error:
        raise ConfigError(f"{path} is no whole mcap recording ({error}): name a file that `--record` wrote.") from None


def topics_of(path: Path) -> set[str]:
    """Those of the messages in it, from its summary; raises ConfigError as `read_recording` does."""
    with _opened(path) as reader:
        summary = reader.get_summary()
        channels = [] if summary is None else summary.channels.values()
        return {_inside(channel.topic) for channel in channels}


def replay(path: Path, robot: str, say: Callable[[float, str], None]) -> None:
    """Pictures where the recording has any, else people, with the clock; `say` hears each alert and its time in s.

    Raises:
        ConfigError: the file is no recording, or holds neither pictures nor people.
        DeviceError: no node listens.
    """
    topics = topics_of(path)
    fed = PICTURE if PICTURE in topics else PEOPLE
    if fed not in topics:
        raise ConfigError(f"{path} holds neither pictures nor people: name one that `carebot sim run --record` wrote.")
    with node_beside("replay", robot) as node:
        _Replay(node, fed, robot, say).play(read_recording(path))


def _inside(topic: str) -> str:
    """Without the robot's namespace."""
    return topic.lstrip("/").partition("/")[2]


class _Replay:
    def __init__(self, node: Any, fed: str, robot: str, say: Callable[[float, str], None]) -> None:
        self._fed, self._robot, self._say = fed, robot, say
        self._epoch_s = 0.0
        self._clock_out = node.create_publisher(Clock, "/clock", 10)
        self._image_out = node.create_publisher(Image, "camera/image_raw", qos_profile_sensor_data)
        self._info_out = node.create_publisher(CameraInfo, "camera/camera_info", qos_profile_sensor_data)
        self._people_out = node.create_publisher(People, "people", qos.PEOPLE)
        node.create_subscription(FallAlert, "fall_alerts", self._on_alert, qos.FALL_ALERTS)

    def _on_alert(self, alert: FallAlert) -> None:
        if self._epoch_s:
            what = f"{NAMES.get(alert.event, 'unknown')}: {alert.reason}"
            self._say(seconds(alert.header.stamp) - self._epoch_s, what)

    def play(self, entries: Iterator[Entry]) -> None:
        self._wait_for_listener()
        began_s, first_ns = time.monotonic(), None
        for entry in entries:
            first_ns = entry.time_ns if first_ns is None else first_ns
            self._epoch_s = first_ns / 1e9
            time.sleep(max(0.0, began_s + (entry.time_ns - first_ns) / 1e9 - time.monotonic()))
            self._publish(entry)
        time.sleep(LAST_WORDS_S)

    def _wait_for_listener(self) -> None:
        out = self._image_out if self._fed == PICTURE else self._people_out
        until_s = time.monotonic() + WAIT_S
        while not out.get_subscription_count():
            if time.monotonic() > until_s:
                raise DeviceError(
                    f"No node of the robot '{self._robot}' listens: start `carebot up replay`, or give its --robot."
                )
            time.sleep(0.1)

    def _publish(self, entry: Entry) -> None:
        stamp = simulation_messages.stamp_of(entry.time_ns)
        self._clock_out.publish(Clock(clock=stamp))
        if entry.topic == CAMERA:
            info = entry.message
            self._info_out.publish(simulation_messages.camera_info(info.width, info.height, info.k[0], stamp))
        elif entry.topic == self._fed == PICTURE:
            self._image_out.publish(simulation_messages.image(_decoded(bytes(entry.message.data)), stamp))
        elif entry.topic == self._fed:
            self._people_out.publish(_people(entry.message, stamp))


def _decoded(data: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ConfigError("The recording holds a picture that is no JPEG: record it anew.")
    return picture


def _people(recorded: Any, stamp: Any) -> People:
    from carebot_interfaces.msg import Person

    message = People(width_px=recorded.width_px, height_px=recorded.height_px)
    message.header.stamp, message.header.frame_id = stamp, recorded.header.frame_id
    fields = ("track_id", "confidence", "keypoints", "has_world", "world_m")
    message.people = [Person(**{name: getattr(each, name) for name in fields}) for each in recorded.people]
    return message
