"""Falls as a node: people in, fall alerts out, with the health of the stream that they depend on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from carebot_interfaces.msg import FallAlert
from carebot_interfaces.msg import People as PeopleMsg
from rclpy.node import Node

from carebot.alerts import FallEvent, ResidentAnswer
from carebot.errors import ModelError
from carebot.falls.monitor import FallMonitor
from carebot.falls.network import PostureNetwork, shipped_network
from carebot.falls.parameters import FallParameters
from carebot.geometry import CameraMounting, Rectangle
from carebot.ros import qos
from carebot.ros.after_fall import AfterFall, AskingParameters
from carebot.ros.convert import fall_event_to_msg, people_from_msg
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.noticing import NoticePublisher
from carebot.ros.params import declare
from carebot.ros.peoples_places import HomeParameters, PeoplesPlaces
from carebot.ros.run import run
from carebot.ros.turning import Turning

SILENT_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Zones:
    """Where lying is no emergency."""

    bed_zones: tuple[float, ...] = ()
    """Beds in the picture, four numbers each: left, top, width, height as fractions of the picture."""

    def __post_init__(self) -> None:
        if len(self.bed_zones) % 4:
            raise ValueError("bed_zones needs four numbers for each bed (left, top, width, height)")

    def rectangles(self) -> tuple[Rectangle, ...]:
        return tuple(Rectangle(*self.bed_zones[at : at + 4]) for at in range(0, len(self.bed_zones), 4))


@dataclass(frozen=True, slots=True)
class Trained:
    """The trained network beside the rules."""

    posture_network: str = ""
    """Its file; empty: the one that carebot ships."""

    def load(self) -> PostureNetwork:
        return PostureNetwork(Path(self.posture_network)) if self.posture_network else shipped_network()


class FallsNode(Node):
    """`people`, `odom` and `map_pose` in; `fall_alerts` out, latched: a care node that was away hears what it missed.
    `noticed`, latched as well, is what is worth remembering and no alarm.

    Where somebody answers the action `ask`, the person is asked whether they are all right, and what they say counts;
    `fall_exchanges` tells care of it. An answer alone ends no alert while the person is down.
    """

    def __init__(self) -> None:
        super().__init__("falls")
        mounting = declare(self, CameraMounting, "mounting")
        given = declare(self, FallParameters)
        self._places = PeoplesPlaces(self, declare(self, HomeParameters), mounting, given.forget_fall_after_s)
        self._monitor = FallMonitor(
            parameters=given,
            mounting=mounting,
            bed_zones=declare(self, Zones).rectangles(),
            classifier=self._network(),
        )
        self._run_id = f"{time.time_ns() // 1_000_000:x}"
        self._seen_s: float | None = None
        self._people_in_view = 0
        self._alerts_raised = 0
        self._frame_id, self._picture_s = "", 0.0
        asking = declare(self, AskingParameters)
        self._after_fall = AfterFall(self, asking, self._places.language, self._run_id, self._on_answer)
        self._turning = Turning(self)
        self._noticing = NoticePublisher(self, mounting, self._run_id)
        self._out = self.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
        self._in = self.create_subscription(PeopleMsg, "people", self._on_people, qos.PEOPLE)
        self._diagnostics = Diagnostics(self, self._health)

    def _network(self) -> PostureNetwork | None:
        """None where it cannot be used: then the rules watch alone, and diagnostics say so."""
        self._without_network = ""
        try:
            return declare(self, Trained).load()
        except ModelError as error:
            self._without_network = f"watches by rules alone: {error}"
            self.get_logger().error(self._without_network)
            return None

    def _on_people(self, message: PeopleMsg) -> None:
        people = people_from_msg(message)
        self._seen_s, self._people_in_view = time.monotonic(), len(people.people)
        self._frame_id, self._picture_s = message.header.frame_id, people.time_s
        moves = self._turning.is_moving
        for event in self._monitor.step(
            people, self._turning.since_last(), self._places.see(people), camera_moves=moves
        ):
            self._publish(event)
        self._noticing.step(people, self._monitor.observations(), camera_moves=moves)

    def _on_answer(self, fall_id: int, said: ResidentAnswer) -> None:
        for event in self._monitor.answer(fall_id, said, self._picture_s):
            self._publish(event)

    def _publish(self, event: FallEvent) -> None:
        event = self._places.placed(event)
        self._out.publish(fall_event_to_msg(event, self._run_id, self._frame_id))
        self._alerts_raised += 1
        self.get_logger().warning(f"{event.kind.value}: person {event.track_id} {event.reason}")
        self._after_fall.hear(event)

    def destroy_node(self) -> None:
        self._after_fall.close()
        super().destroy_node()

    def _health(self) -> list[Health]:
        if self._seen_s is None:
            return [Health("people", Level.WARN, "has heard nothing from perception yet")]
        age_s = time.monotonic() - self._seen_s
        values = {
            "age_s": age_s,
            "people": self._people_in_view,
            "alerts_raised": self._alerts_raised,
            "can_ask": self._after_fall.can_ask,
        }
        if age_s > SILENT_AFTER_S:
            message = f"perception has been silent for {age_s:.0f} s: no fall can be seen"
            return [Health("people", Level.ERROR, message, values)]
        if self._without_network:
            return [Health("people", Level.WARN, self._without_network, values)]
        return [Health("people", Level.OK, f"watches {self._people_in_view} people", values)]


def main() -> None:
    run(FallsNode)
