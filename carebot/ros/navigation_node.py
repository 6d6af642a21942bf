"""Navigation as a node: the action `GoTo`, and the wish to move `cmd_vel_nav`, which the safety node judges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from carebot_interfaces.action import GoTo
from carebot_interfaces.msg import MotionState
from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.srv import PlaceRobot
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, TwistStamped
from nav_msgs.msg import OccupancyGrid, Odometry
from nav_msgs.msg import Path as PathMsg
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.task import Future
from sensor_msgs.msg import LaserScan

from carebot.errors import ConfigError
from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.dock_trip import DockTrip, dock_around, dock_named, docking_at
from carebot.navigation.docking import DockInputs
from carebot.navigation.follow_trip import FOLLOWS_S, FollowTrip
from carebot.navigation.follower import PERIOD_S, FollowerParameters
from carebot.navigation.goals import Goal, goal_named, near
from carebot.navigation.grid_map import read_map
from carebot.navigation.journey import Course, Journey
from carebot.navigation.localisation import Fix, Localiser
from carebot.navigation.navigator import STILL, Inputs, Navigator, NavigatorParameters, Phase, Progress
from carebot.navigation.obstacles import Sweep
from carebot.navigation.person_trip import PersonTrip
from carebot.navigation.placing import Placed, Said, place
from carebot.navigation.planner import NoWay
from carebot.navigation.sighting import Camera, Sighting, sightings
from carebot.navigation.undocking import Undocking
from carebot.robot import RobotFile, load_robot
from carebot.ros import motion_messages as messages
from carebot.ros import qos
from carebot.ros.convert import people_from_msg, seconds, stamp_from_seconds
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.dock_senses import DockSenses
from carebot.ros.heading import yaw_of
from carebot.ros.map_messages import MAP_FRAME, map_to_odom, occupancy_grid
from carebot.ros.params import declare
from carebot.ros.placing import answer_of, said_of
from carebot.ros.run import run
from carebot.ros.site_teller import SiteTeller
from carebot.ros.transforms import Transforms
from carebot.safety.scan import to_robot
from carebot.site.file import Site, load_site, map_path, site_path
from carebot.site.places import Dock

SILENT_AFTER_S = 0.5
"""Odometry or lidar of this age: the robot does not know where it goes, and wishes to stand."""
END_AFTER_S = 3.0
"""After so long without them, or lost, the trip ends: once they are back, nothing moves by itself."""
FREE_M = 6.0
TELLS_EVERY_S = 0.2
WAY_EVERY = 4
"""Of the planned path's points, which lie a cell apart, so many are told as one."""
KINDS = ("", "room", "place", "dock", "pose", "near", "person", "follow")


@dataclass(frozen=True, slots=True)
class NavigationParameters:
    """Where the robot lives, and where it stands when it starts."""

    site: str = "home"
    """The site file with its map; `home` is the simulated one."""

    robot: str = "simulated"
    """The robot file, for its outline and where its lidar is."""

    start: str = "entrance"
    """The place, room or charger of the site file where the robot stands when this node starts."""

    publish_tf: bool = True
    """Whether the transform from the map to the odometry goes out on tf (where tf2_msgs is installed)."""


class Trip:
    """One goal under way, to `dock` where that is set; `done` gets its result."""

    def __init__(self, handle: ServerGoalHandle, began_s: float, journey: Journey, dock: Dock | None) -> None:
        self.handle, self.began_s, self.journey, self.dock = handle, began_s, journey, dock
        self.done: Future = Future()

    @property
    def looks_for_people(self) -> bool:
        return isinstance(self.journey.course, PersonTrip | FollowTrip)


class NavigationNode(Node):
    """One trip at a time: a new goal takes the place of the one under way."""

    def __init__(self) -> None:
        super().__init__("navigation")
        self._p = declare(self, NavigationParameters)
        robot = load_robot(self._p.robot)
        path = site_path(self._p.site)
        self._robot, self._site = robot, load_site(path)
        grid = read_map(map_path(self._site, path))
        self._costmap = Costmap(grid, shape_of(robot), self._site.zones)
        self._patience = declare(self, NavigatorParameters, "trip")
        self._navigator = Navigator(
            self._costmap,
            self._patience,
            declare(self, FollowerParameters, "driving"),
        )
        self._localiser = Localiser(grid, start_pose(self._site, self._costmap, self._p.start, path))
        self._lidar = lidar_of(robot)
        self._camera = camera_of(robot)
        self._dock_senses = DockSenses(self)
        self._site_teller = SiteTeller(self, self._site, path)
        self._seen: tuple[Sighting, ...] = ()
        self._odometry: Odometry | None = None
        self._scan: LaserScan | None = None
        self._scan_s = -math.inf
        self._last_sweep: Sweep | None = None
        self._fix: Fix | None = None
        self._progress = Progress(STILL, Phase.IDLE)
        self._trip: Trip | None = None
        self._well_s = 0.0
        self._published_ns = 0
        self._stopped_by = ""
        self._wish = self.create_publisher(TwistStamped, "cmd_vel_nav", 1)
        self._where = self.create_publisher(PoseStamped, "map_pose", 1)
        self._way = self.create_publisher(PathMsg, "plan", 1)
        self._map = self.create_publisher(OccupancyGrid, "map", qos.latched(1))
        self._map.publish(occupancy_grid(grid, self.get_clock().now().to_msg()))
        self._transforms = Transforms(self) if self._p.publish_tf else None
        self.create_subscription(Odometry, "odom", self._on_odometry, qos_profile_sensor_data)
        self.create_subscription(LaserScan, "scan", self._on_scan, qos_profile_sensor_data)
        self.create_subscription(PeopleMsg, "people", self._on_people, qos.PEOPLE)
        self.create_subscription(MotionState, "motion_state", self._on_motion_state, qos.latched(1))
        self.create_subscription(PoseWithCovarianceStamped, "initialpose", self._on_initial_pose, 1)
        self.create_service(PlaceRobot, "place_robot", self._on_place_robot)
        self._server = ActionServer(
            self, GoTo, "go_to", self._execute, cancel_callback=lambda _handle: CancelResponse.ACCEPT
        )
        self._diagnostics = Diagnostics(self, self._health)
        self.create_timer(PERIOD_S, self._tick)
        self.create_timer(TELLS_EVERY_S, self._tell)

    def destroy_node(self) -> None:
        self._publish(Progress(STILL, Phase.IDLE))
        self._server.destroy()
        super().destroy_node()

    # what comes in

    def _on_odometry(self, message: Odometry) -> None:
        self._odometry = message

    def _on_scan(self, message: LaserScan) -> None:
        self._scan, self._scan_s = message, seconds(message.header.stamp)

    def _on_people(self, message: PeopleMsg) -> None:
        """Whom the camera sees; looked at only while the robot goes to somebody."""
        if self._camera is not None and self._trip is not None and self._trip.looks_for_people:
            near_m = self._last_sweep.hits_m if self._last_sweep is not None else np.empty((0, 2))
            self._seen = sightings(people_from_msg(message), self._camera, near_m, self._navigator.unknown_m)

    def _on_motion_state(self, message: MotionState) -> None:
        """An emergency stop ends the trip: once it is reset, nothing moves by itself."""
        self._stopped_by = (message.emergency_stop_cause or "no cause") if message.emergency_stop else ""
        if self._stopped_by:
            self._end(self._stop_reason)

    @property
    def _stop_reason(self) -> str:
        return f"the robot is stopped by its emergency stop: {self._stopped_by}"

    def _on_initial_pose(self, message: PoseWithCovarianceStamped) -> None:
        """Where somebody clicked in RViz or Foxglove."""
        placed = self._place(Said("", pose_of(message)))
        self.get_logger().info(f"placed on the map: {placed.reason or 'the lidar agrees'}")

    def _on_place_robot(self, request: PlaceRobot.Request, response: PlaceRobot.Response) -> PlaceRobot.Response:
        before = self._fix.pose if self._fix else Pose2D()
        return answer_of(self._place(said_of(request)), before, response)

    def _place(self, said: Said) -> Placed:
        """What was planned from where the robot was thought to be ends."""
        is_silent = self._now_s() - self._scan_s > SILENT_AFTER_S
        placed = place(said, self._site, self._costmap, self._localiser, None if is_silent else self._last_sweep)
        if placed.fix is not None:
            self._fix = placed.fix
            self._end("somebody told the robot that it is elsewhere")
        return placed

    async def _execute(self, handle: ServerGoalHandle) -> GoTo.Result:
        now_s = self._now_s()
        self._end("another goal came")
        trip = self._begun(handle, now_s)
        if isinstance(trip, NoWay):
            handle.abort()
            return self._result(False, trip.reason, 0.0)
        self._trip = trip
        return await trip.done

    def _begun(self, handle: ServerGoalHandle, now_s: float) -> Trip | NoWay:
        request: GoTo.Goal = handle.request
        if self._stopped_by:
            return NoWay(self._stop_reason, True)
        dock = dock_named(self._site, request.name, request.kind)
        course = self._course(request, dock)
        if isinstance(course, NoWay):
            return course
        stands_in = dock_around(self._site, self._fix.pose) if self._fix is not None else None
        leaves = stands_in is not None and stands_in is not dock
        leaving = Undocking(pose_of(self._odometry), now_s) if leaves and self._odometry is not None else None
        return Trip(handle, now_s, Journey(self._navigator, course, leaving), dock)

    def _course(self, request: GoTo.Goal, dock: Dock | None) -> Callable[[float], Course] | NoWay:
        """What begins the trip, once the robot is out of its charger."""
        limit_s = request.time_limit_s or None
        if request.kind in ("person", "follow"):
            return self._course_to_person(request, limit_s)
        if dock is not None:
            return self._course_to_dock(dock, limit_s)
        goal = self._goal(request)
        if isinstance(goal, NoWay):
            return goal

        def begin(now_s: float) -> None:
            self._navigator.go(goal.at, goal.yaw_rad, now_s, limit_s)

        return begin

    def _course_to_dock(self, dock: Dock, limit_s: float | None) -> Callable[[float], Course] | NoWay:
        if self._camera is None:
            no_camera = f"the robot {self._p.robot} has no camera (sensors.camera): it does not find its charger"
            return NoWay(no_camera, True)
        how = docking_at(dock, self._robot.footprint.front_m)
        patience_s = limit_s or self._patience.time_limit_s
        return lambda now_s: DockTrip(self._navigator, dock, how, now_s, patience_s)

    def _course_to_person(self, request: GoTo.Goal, limit_s: float | None) -> Callable[[float], Course] | NoWay:
        if self._camera is None:
            return NoWay(f"the robot {self._p.robot} has no camera (sensors.camera): it sees nobody to go to", True)
        look_in = goal_named(self._site, self._costmap, request.name) if request.name else None
        if isinstance(look_in, NoWay):
            return look_in

        def begin(now_s: float) -> PersonTrip | FollowTrip:
            self._seen = ()
            if request.kind == "follow":
                return FollowTrip(self._navigator, self._costmap, look_in, now_s, limit_s or FOLLOWS_S)
            patience_s = limit_s or self._patience.time_limit_s
            return PersonTrip(self._navigator, self._costmap, look_in, now_s, patience_s)

        return begin

    def _goal(self, request: GoTo.Goal) -> Goal | NoWay:
        if request.kind not in KINDS:
            return NoWay(
                f"there is no kind '{request.kind}' of goal: use room, place, dock, pose, near, person or follow", True
            )
        if request.kind not in ("pose", "near"):
            return goal_named(self._site, self._costmap, request.name, request.kind)
        if not all(map(math.isfinite, (request.x_m, request.y_m, request.yaw_rad))):
            return NoWay("the pose holds a number that is none", True)
        if request.kind == "near":
            return self._near((request.x_m, request.y_m))
        return Goal((request.x_m, request.y_m), None if request.any_heading else request.yaw_rad)

    def _near(self, spot: tuple[float, float]) -> Goal | NoWay:
        if self._fix is None:
            return NoWay("the robot does not know where it is")
        return near(spot, self._fix.pose, self._costmap, self._site)

    # at 20 Hz

    def _tick(self) -> None:
        now_s = self._now_s()
        problem = self._problem(now_s)
        if self._odometry is not None:
            self._step(now_s)
        if problem:
            self._progress = Progress(STILL, self._progress.phase, self._progress.left_m, problem)
        else:
            self._well_s = now_s
        if problem and self._trip is not None and now_s - max(self._well_s, self._trip.began_s) > END_AFTER_S:
            self._end(problem)
        if self._trip is not None:
            self._publish(self._progress)
            self._report(self._trip, now_s)

    def _tell(self) -> None:
        """Where the robot is on the map, as long as it knows, and the way that it plans."""
        self._look_for_dock()
        is_known = self._fix is not None and not self._problem(self._now_s())
        self._site_teller.tell(self._fix.pose if is_known else None)
        if not is_known:
            return
        stamp = self.get_clock().now().to_msg()
        self._where.publish(messages.pose_to_msg(self._fix.pose, MAP_FRAME, stamp))
        path = self._navigator.path if self._trip is not None else None
        points_m = () if path is None else path.points_m[::WAY_EVERY]
        poses = [messages.pose_to_msg(Pose2D(float(x_m), float(y_m)), MAP_FRAME, stamp) for x_m, y_m in points_m]
        way = PathMsg(poses=poses)
        way.header.stamp, way.header.frame_id = stamp, MAP_FRAME
        self._way.publish(way)

    def _step(self, now_s: float) -> None:
        assert self._odometry is not None
        sweep = self._sweep()
        self._fix = self._localiser.step(pose_of(self._odometry), sweep, now_s)
        if self._transforms is not None and not self._fix.lost:
            header = self._odometry.header
            self._transforms.send(
                map_to_odom(self._fix.pose, pose_of(self._odometry), header.frame_id or "odom", header.stamp)
            )
        speed_m_s = self._odometry.twist.twist.linear.x
        inputs = Inputs(self._fix.pose, speed_m_s, sweep)
        if self._trip is None:
            self._progress = self._navigator.step(inputs, now_s)
        else:
            self._progress = self._trip.journey.step(inputs, pose_of(self._odometry), self, now_s)

    def dock_inputs(self) -> DockInputs:
        """For the journey under way."""
        assert self._odometry is not None
        return self._dock_senses.inputs(pose_of(self._odometry))

    def take_seen(self) -> tuple[Sighting, ...]:
        """For the journey under way."""
        seen, self._seen = self._seen, ()
        return seen

    def _look_for_dock(self) -> None:
        """Perception looks for the marker only while the robot stands or drives before its charger."""
        trip, camera = self._trip, self._robot.sensors.camera
        if trip is None or trip.dock is None or camera is None or not isinstance(trip.journey.course, DockTrip):
            return
        if trip.journey.course.docking is not None:
            self._dock_senses.ask(trip.dock, camera)

    def _problem(self, now_s: float) -> str:
        """Why the robot cannot know where it goes; empty where it can."""
        if self._odometry is None or now_s - seconds(self._odometry.header.stamp) > SILENT_AFTER_S:
            return "the odometry is silent"
        if now_s - self._scan_s > SILENT_AFTER_S:
            return "the lidar is silent"
        if self._fix is not None and self._fix.lost:
            return "the robot does not know where it is" + (f": {self._fix.doubt}" if self._fix.doubt else "")
        return ""

    def _sweep(self) -> Sweep | None:
        message, self._scan = self._scan, None
        if message is None:
            return None
        self._last_sweep = sweep_of(message, self._lidar)
        return self._last_sweep

    def _publish(self, progress: Progress) -> None:
        """The wish, once for each moment: a simulated clock may stand still between two ticks."""
        now_ns = self.get_clock().now().nanoseconds
        if now_ns > self._published_ns:
            self._published_ns = now_ns
            self._wish.publish(messages.twist_to_msg(progress.twist, stamp_from_seconds(now_ns / 1e9)))

    # what goes out to who asked

    def _report(self, trip: Trip, now_s: float) -> None:
        phase = self._progress.phase
        if trip.handle.is_cancel_requested:
            self._end("it was called off")
        elif phase in (Phase.ARRIVED, Phase.GAVE_UP):
            self._finish(trip, phase is Phase.ARRIVED, self._progress.reason, now_s)
        else:
            progress = self._progress
            trip.handle.publish_feedback(
                GoTo.Feedback(phase=phase.value, left_m=float(progress.left_m), reason=progress.reason)
            )

    def _end(self, reason: str) -> None:
        """The trip under way, if any, ends without arriving."""
        if self._trip is not None:
            self._navigator.stop()
            self._finish(self._trip, False, reason, self._now_s())

    def _finish(self, trip: Trip, arrived: bool, reason: str, now_s: float) -> None:
        self._trip = None
        self._publish(Progress(STILL, Phase.IDLE))
        if trip.handle.is_cancel_requested:
            trip.handle.canceled()
        elif arrived:
            trip.handle.succeed()
        else:
            trip.handle.abort()
        trip.done.set_result(self._result(arrived, reason, now_s - trip.began_s))

    def _result(self, arrived: bool, words: str, duration_s: float) -> GoTo.Result:
        """`words` say why it did not arrive, or what is to be known where it did."""
        pose = self._fix.pose if self._fix else Pose2D()
        where = {"x_m": pose.x_m, "y_m": pose.y_m, "yaw_rad": pose.yaw_rad}
        said = {"note": words} if arrived else {"reason": words}
        return GoTo.Result(arrived=arrived, duration_s=float(duration_s), **said, **where)

    def _health(self) -> list[Health]:
        problem = self._problem(self._now_s())
        share = self._fix.share if self._fix else 0.0
        values = {"phase": self._progress.phase.value, "left_m": self._progress.left_m, "scan_on_map": share}
        message = problem or self._progress.reason or "knows where it is"
        return [Health("navigation", Level.WARN if problem else Level.OK, message, values)]

    def _now_s(self) -> float:
        return self.get_clock().now().nanoseconds / 1e9


def shape_of(robot: RobotFile) -> Shape:
    """The robot's outline as the planner takes it."""
    outline = robot.footprint
    return Shape(outline.front_m, outline.rear_m, max(outline.left_m, outline.right_m))


def lidar_of(robot: RobotFile) -> Pose2D:
    """Where the lidar sits; raises ConfigError for a robot without one."""
    lidar = robot.sensors.lidar
    if lidar is None:
        raise ConfigError(f"the robot {robot.name} has no lidar (sensors.lidar): it cannot find its way.")
    return Pose2D(lidar.x_m, lidar.y_m, lidar.yaw_rad)


def camera_of(robot: RobotFile) -> Camera | None:
    """The camera that looks for people; None for a robot without one."""
    camera = robot.sensors.camera
    return None if camera is None else Camera(camera.mounting(), camera.x_m)


def start_pose(site: Site, costmap: Costmap, name: str, path: Path) -> Pose2D:
    """Where the robot stands at first; raises ConfigError for a start that the site file does not know."""
    goal = goal_named(site, costmap, name)
    if isinstance(goal, NoWay):
        raise ConfigError(f"{path}: start: {goal.reason}.")
    return Pose2D(*goal.at, goal.yaw_rad or 0.0)


def pose_of(message: Odometry | PoseWithCovarianceStamped) -> Pose2D:
    """The plane's part of a pose in space."""
    position = message.pose.pose.position
    return Pose2D(position.x, position.y, yaw_of(message.pose.pose.orientation))


def sweep_of(message: LaserScan, mounting: Pose2D) -> Sweep:
    """A lidar's turn as the navigator wants it; rays that came back as nonsense neither hit nor clear anything."""
    ranges = np.asarray(message.ranges, dtype=np.float64)
    angles = message.angle_min + message.angle_increment * np.arange(len(ranges))
    directions = np.column_stack((np.cos(angles), np.sin(angles)))
    met = np.isfinite(ranges) & (ranges > 0) & (ranges <= message.range_max)
    nothing = np.isposinf(ranges) | (np.isfinite(ranges) & (ranges > message.range_max))
    hits = to_robot(ranges[met, None] * directions[met], mounting)
    return Sweep(seconds(message.header.stamp), hits, to_robot(FREE_M * directions[nothing], mounting))


def main() -> None:
    run(NavigationNode)
