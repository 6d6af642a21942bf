"""A robot that goes into its charger in a simulated home, by pictures that are drawn, or by what they would show."""

from __future__ import annotations

from carebot.simulation.engine import mujoco  # isort: skip - first of all that import mujoco

from math import atan, atan2, hypot, pi, radians, tan

import numpy as np

from carebot.geometry import Marker, MarkerLook, Pose2D, wrapped_rad
from carebot.navigation.dock_trip import DockTrip, docking_at
from carebot.navigation.docking import DockInputs
from carebot.navigation.follower import PERIOD_S as STEP_S
from carebot.navigation.frames import composed, seen_from
from carebot.navigation.navigator import Navigator, Phase, Progress
from carebot.perception.markers import Lens, LensPlace, MarkerFinder
from carebot.robot import RobotFile, load_robot
from carebot.safety.world import MotionRequest, Source
from carebot.simulation.simulator import Simulator
from carebot.simulation.trip import SelfDriver
from carebot.site.places import Dock

PICTURE_S = 0.1
NEAREST_M, FARTHEST_M, MOST_ASLANT_RAD = 0.13, 2.5, radians(60)
"""Between these distances from the lens, and no more aslant, a marker of the usual size is found in drawn pictures."""
AWAY_SHARE, ASIDE_SHARE, TURN_RAD_A_M2 = 0.004, 0.001, radians(1.6)
"""How a marker is seen wrongly: along the ray and across it in shares of its distance, and its turn for each square
metre of distance; as in drawn pictures of the home's marker (tests/simulation/test_docking.py), but for a turn that is
wrong by 5 to 9 degrees there now and then, where a square that is far away looks the same turned either way."""


class DrawnMarkers:
    """Looks for a charger's marker in what the robot's camera really sees: draws a picture for each look."""

    def __init__(self, simulator: Simulator, dock: Dock) -> None:
        self._simulator, self._finder = simulator, MarkerFinder(dock.marker_m)
        camera = simulator.camera
        rows = (camera.fx_px, 0.0, camera.cx_px), (0.0, camera.fy_px, camera.cy_px), (0.0, 0.0, 1.0)
        self._lens = Lens(np.array(rows), np.zeros(5))
        self._place = LensPlace(simulator.camera_mounting, lens_ahead_m(load_robot("simulated")))

    def look(self) -> MarkerLook:
        """A picture of now."""
        mujoco.mj_kinematics(self._simulator.stage.model, self._simulator.data)
        mujoco.mj_camlight(self._simulator.stage.model, self._simulator.data)
        found = self._finder.find(self._simulator.render(), self._lens, self._place)
        return MarkerLook(self._simulator.time_s, found)


class ReckonedMarkers:
    """What such a picture would show of a charger's marker, where nothing is drawn; errs as the drawn ones do."""

    def __init__(self, simulator: Simulator, dock: Dock, seed: int) -> None:
        self._simulator, self._dock, robot = simulator, dock, load_robot("simulated")
        self._lens_m = lens_ahead_m(robot)
        self._marker = composed(dock.pose, Pose2D(robot.footprint.front_m + dock.gap_m, 0.0, pi))
        camera = simulator.camera
        self._half_rad = atan(tan(camera.vertical_fov_rad / 2) * camera.width_px / camera.height_px)
        self._rng = np.random.default_rng((seed, 0xD0C))

    def look(self, time_s: float) -> MarkerLook:
        """Of now."""
        robot, marker = self._simulator.robot.pose, self._marker
        seen = seen_from(robot, marker)
        ahead_m, left_m, turn = seen.x_m - self._lens_m, seen.y_m, seen.yaw_rad
        away_m, bearing = hypot(ahead_m, left_m), atan2(left_m, ahead_m)
        reach_rad = atan(self._dock.marker_m / 2 / max(away_m, 1e-3))
        is_aslant = abs(wrapped_rad(turn + pi - bearing)) > MOST_ASLANT_RAD
        is_near = NEAREST_M < away_m < FARTHEST_M and not is_aslant
        if not is_near or abs(bearing) + reach_rad > self._half_rad:
            return MarkerLook(time_s)
        along, across, turned_by = self._rng.normal(0.0, (AWAY_SHARE, ASIDE_SHARE, TURN_RAD_A_M2 * away_m))
        ahead_m, left_m = (1 + along) * ahead_m, left_m + across * away_m
        place = Pose2D(ahead_m + self._lens_m, left_m, wrapped_rad(turn + turned_by * away_m))
        assert self._dock.marker_id is not None
        return MarkerLook(time_s, (Marker(self._dock.marker_id, place),))


class DockDriver(SelfDriver):
    """Goes into the charger by the looks that `see_marker` is given."""

    def __init__(self, simulator: Simulator, navigator: Navigator, dock: Dock, seed: int) -> None:
        super().__init__(simulator, navigator, seed)
        self._looks: list[MarkerLook] = []
        parameters = docking_at(dock, load_robot("simulated").footprint.front_m)
        self.trip = DockTrip(navigator, dock, parameters, simulator.time_s)

    @property
    def is_over(self) -> bool:
        return self.progress.phase in (Phase.ARRIVED, Phase.GAVE_UP)

    def see_marker(self, look: MarkerLook) -> None:
        self._looks.append(look)

    def _wish(self, now_s: float, clock_s: float) -> MotionRequest:
        if not self.is_over and now_s - self._stepped_s >= STEP_S - 1e-6:
            self._stepped_s = now_s
            self.progress = self._step(now_s)
        return MotionRequest(Source.NAVIGATION, self.progress.twist, clock_s)

    def _step(self, now_s: float) -> Progress:
        looks = tuple(self._looks)
        self._looks.clear()
        return self.trip.step(self._take_inputs(), DockInputs(self.odometry, looks), now_s)


def lens_ahead_m(robot: RobotFile) -> float:
    """How far ahead of the robot's centre its lens is, in metres; 0 for a robot without a camera."""
    camera = robot.sensors.camera
    return 0.0 if camera is None else camera.x_m
