"""Tells a robot's navigation where the robot stands: what `carebot map pose` does over ROS."""

from __future__ import annotations

import time
from dataclasses import dataclass

from carebot_interfaces.srv import PlaceRobot

from carebot.errors import SetupError
from carebot.geometry import Pose2D
from carebot.navigation.placing import Placed, Said
from carebot.ros.beside import node_beside

WAITS_S = 15.0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the navigation takes the robot to be; `reason` says why that is not sure, or why nothing was changed."""

    is_sure: bool
    reason: str
    x_m: float
    y_m: float
    yaw_rad: float
    scan_on_map: float


def place_robot(robot: str, request: PlaceRobot.Request) -> Whereabouts:
    """Ask, and wait for the answer.

    Raises:
        SetupError: no navigation answers there.
    """
    with node_beside("map_pose", robot) as node:
        client = node.create_client(PlaceRobot, "place_robot")
        if not client.wait_for_service(timeout_sec=WAITS_S):
            raise SetupError(f"No navigation of /{robot} answers: start the robot (carebot up) or name it (--robot).")
        answer = client.call_async(request)
        ends_s = time.monotonic() + WAITS_S
        while not answer.done():
            if time.monotonic() > ends_s:
                raise SetupError(f"The navigation of /{robot} did not answer within {WAITS_S:.0f} s.")
            time.sleep(0.02)
        found = answer.result()
        where = (found.x_m, found.y_m, found.yaw_rad)
        return Whereabouts(found.is_sure, found.reason, *where, found.scan_on_map)


def said_of(request: PlaceRobot.Request) -> Said:
    """What a request says."""
    if request.name or request.by_itself:
        return Said(request.name)
    return Said("", Pose2D(request.x_m, request.y_m, request.yaw_rad), request.keep_as_said)


def answer_of(placed: Placed, before: Pose2D, response: PlaceRobot.Response) -> PlaceRobot.Response:
    """The service's answer; where nothing was changed, with the pose from before."""
    pose = placed.fix.pose if placed.fix else before
    response.is_sure, response.reason = placed.is_sure, placed.reason
    response.x_m, response.y_m, response.yaw_rad = pose.x_m, pose.y_m, pose.yaw_rad
    response.scan_on_map = placed.fix.share if placed.fix else 0.0
    return response
