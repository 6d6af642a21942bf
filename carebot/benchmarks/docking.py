"""Seeded trips into the charger of the simulated home, by drawn pictures and OpenCV, as the real robot does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import degrees
from typing import Literal

import numpy as np

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.dock_trip import docking_at, staging_of
from carebot.navigation.grid_map import read_map
from carebot.navigation.marker_place import apart_from
from carebot.navigation.navigator import Navigator, Phase
from carebot.resources import share_dir
from carebot.robot import load_robot
from carebot.simulation.docking import PICTURE_S, DockDriver, DrawnMarkers
from carebot.simulation.scenario import RobotPlace, Scenario, Stand, Start
from carebot.simulation.sdf.dock_model import marker_plane_m
from carebot.simulation.simulator import Simulator
from carebot.site.file import Site, load_site, map_path
from carebot.site.places import Dock

ROOM_M = 0.4
"""So much room is around the places where the robot starts."""
ASIDE_M, ASKEW_RAD, NEARER_M, FARTHER_M = 0.25, 0.436, 0.1, 0.25
"""How far from where it should begin, at most, a robot stands that starts before its charger."""
RESIDENT_AT = (2.3, 5.6)
LONGEST_S = 240.0
WITHIN_M, WITHIN_DEG = 0.02, 3.0
Light = Literal["day", "evening", "night"]


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip as it went. The errors are true: from the place in which the charger's marker says it should stand.

    `from_afar` says that it began anywhere in the home; else before the charger, aside and askew.
    """

    number: int
    from_afar: bool
    start: tuple[float, float, float]
    arrived: bool
    reason: str
    seconds: float
    tries: int
    pictures: int
    seen: int
    left_mm: float
    aside_mm: float
    askew_deg: float
    touched: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Arrived, and stands as it should."""
        error_m = max(abs(self.left_mm), abs(self.aside_mm)) / 1e3
        return self.arrived and error_m <= WITHIN_M and abs(self.askew_deg) <= WITHIN_DEG and not self.touched

    def __str__(self) -> str:
        outcome = "in" if self.arrived else f"NOT IN ({self.reason or 'time is over'})"
        touched = f", touched {', '.join(self.touched)}" if self.touched else ""
        start = f"{self.start[0]:.2f}, {self.start[1]:.2f}, {self.start[2]:.0f}°"
        return (
            f"trip {self.number} from {start}: {outcome} after {self.seconds:.1f} s, try {self.tries}; "
            f"{self.left_mm:+.1f} mm ahead, {self.aside_mm:+.1f} mm aside, {self.askew_deg:+.2f}°{touched}"
        )


@dataclass(frozen=True, slots=True)
class DockingReport:
    """All trips, and what they come to."""

    trips: tuple[Trip, ...]

    @property
    def good(self) -> int:
        return sum(trip.is_good for trip in self.trips)

    def worst(self, what: Literal["left_mm", "aside_mm", "askew_deg", "seconds"]) -> float:
        """The largest of the trips that arrived, without its sign."""
        return max((abs(getattr(trip, what)) for trip in self.trips if trip.arrived), default=float("nan"))

    def content(self) -> dict[str, object]:
        """For a machine to read."""
        return {"good": self.good, "trips": [{**asdict(trip), "good": trip.is_good} for trip in self.trips]}


def measure(trips: int, seed: int, light: Light, on_trip: Callable[[Trip], None]) -> DockingReport:
    """Play so many trips, every second one from afar; the same seed gives the same ones."""
    path = share_dir() / "sim" / "sites" / "home.yaml"
    site = load_site(path)
    floor = Costmap(read_map(map_path(site, path)), Shape(), site.zones)
    found = []
    for number in range(trips):
        trip = play(site, floor, number, seed, light)
        on_trip(trip)
        found.append(trip)
    return DockingReport(tuple(found))


def play(site: Site, floor: Costmap, number: int, seed: int, light: Light) -> Trip:
    """One trip, from anywhere in the home where its number is odd."""
    rng = np.random.default_rng((seed, number))
    dock = site.docks[0]
    start = _anywhere(rng, floor, dock) if number % 2 else _before(rng, dock)
    scenario = Scenario(
        description="A robot that goes into its charger",
        world="home",
        lighting=light,
        robot=RobotPlace(at=(start.x_m, start.y_m), facing_deg=degrees(start.yaw_rad) % 360),
        start=Start(at=RESIDENT_AT, facing_deg=0.0),
        script=(Stand(for_s=1.0),),
    )
    with Simulator(scenario, seed + number, drives=True) as simulator:
        driver = DockDriver(simulator, Navigator(floor), dock, seed + number)
        simulator.on_tick = driver.tick
        eyes, pictures, seen = DrawnMarkers(simulator, dock), 0, 0
        while not driver.is_over and simulator.time_s < LONGEST_S:
            simulator.step(PICTURE_S)
            if driver.trip.docking is not None:
                look = eyes.look()
                simulator.step(PICTURE_S)  # pictures come late
                driver.see_marker(look)
                pictures, seen = pictures + 1, seen + bool(look.markers)
        simulator.step(0.5)
        return _trip(simulator, driver, dock, number, start, pictures, seen)


def _trip(
    simulator: Simulator, driver: DockDriver, dock: Dock, number: int, start: Pose2D, pictures: int, seen: int
) -> Trip:
    contact_m = docking_at(dock, load_robot("simulated").footprint.front_m).contact_m
    apart = apart_from(simulator.robot.pose, true_marker(simulator), contact_m)
    return Trip(
        number,
        bool(number % 2),
        (start.x_m, start.y_m, degrees(start.yaw_rad)),
        driver.progress.phase is Phase.ARRIVED,
        driver.progress.reason,
        simulator.time_s,
        driver.trip.docking.tries if driver.trip.docking else 0,
        pictures,
        seen,
        -1e3 * apart.left_m,
        1e3 * apart.aside_m,
        degrees(apart.askew_rad),
        tuple(sorted({touch.what for touch in driver.touches})),
    )


def true_marker(simulator: Simulator) -> Pose2D:
    """Where the marker of the home's charger really is, and which way it looks."""
    frame = simulator.stage.world.frames["charger"]
    x_m, y_m, _ = frame.position + frame.rotation @ np.array((marker_plane_m(), 0.0, 0.0))
    return Pose2D(float(x_m), float(y_m), frame.yaw_rad)


def _before(rng: np.random.Generator, dock: Dock) -> Pose2D:
    """Where a robot may come to stand that did not find its place well."""
    goal = staging_of(dock, docking_at(dock, load_robot("simulated").footprint.front_m))
    x_m = goal.at[0] + rng.uniform(-NEARER_M, FARTHER_M)
    return Pose2D(x_m, goal.at[1] + rng.uniform(-ASIDE_M, ASIDE_M), dock.pose.yaw_rad + rng.uniform(-1, 1) * ASKEW_RAD)


def _anywhere(rng: np.random.Generator, floor: Costmap, dock: Dock) -> Pose2D:
    goal = staging_of(dock, docking_at(dock, load_robot("simulated").footprint.front_m)).at
    x, y = floor.grid.middles()
    middles = np.column_stack((x.ravel(), y.ravel()))
    has_room = floor.map_clearances_m(middles) > ROOM_M
    candidates = middles[has_room & (np.hypot(*(middles - RESIDENT_AT).T) > 1.0)]
    x_m, y_m = candidates[rng.integers(len(candidates))]
    while not floor.is_connected((float(x_m), float(y_m)), goal):
        x_m, y_m = candidates[rng.integers(len(candidates))]
    return Pose2D(float(x_m), float(y_m), float(rng.uniform(-np.pi, np.pi)))
