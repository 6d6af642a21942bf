"""Seeded trips through a simulated home in which furniture was moved and a resident walks about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from math import degrees, hypot, radians
from pathlib import Path

import numpy as np
from shapely import LineString

from carebot.benchmarks.time_spent import KINDS, shares, summed
from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.follower import FollowerParameters
from carebot.navigation.grid_map import FREE, GridMap, read_map
from carebot.navigation.navigator import NEAR_ENOUGH_M, Navigator, Phase
from carebot.navigation.planner import NoWay, plan, quickest_s
from carebot.resources import share_dir
from carebot.simulation.homes import described_world
from carebot.simulation.mapping import map_of
from carebot.simulation.scenario import RobotPlace, Scenario, Stand, Standing, Start
from carebot.simulation.sdf.arrange import moved
from carebot.simulation.sdf.description import World
from carebot.simulation.sdf.poses import from_euler
from carebot.simulation.simulator import Simulator
from carebot.simulation.stroll import Stroll
from carebot.simulation.trip import SelfDriver, Touch
from carebot.site.file import Site, load_site, map_path
from carebot.workers import workers

MOVABLE = ("bedroom_chair", "dining_chair_1", "dining_chair_2", "kitchen_chair", "desk_chair", "coffee_table", "plant",
           "floor_lamp", "armchair")  # fmt: skip
MOVES = 4
TRIPS_A_HOME = 5
ROOM_M = 0.4
"""So much room is around the places between which the robot goes."""
SHORTEST_M = 2.0
DOORWAY_M = 0.8
AROUND_M = 0.95
"""With so much room around them the robot gets past somebody who rests: their half breadth, and its own breadth."""
WALKER = Shape(0.2, 0.2, 0.25, 0.03)
LONGEST_S = 240.0
ENCLOSED_AFTER = 50
"""So many places in vain, and the resident stands where furniture shuts them in: they begin elsewhere."""
GENTLE_M_S = 0.05
LOOKS_EVERY = 5
"""In so many tenths of a second it is looked once whether the resident leaves the robot no way."""
BODY_M, CLOSE_M, STANDS_M = 0.2, 3.0, 0.05
"""Half a resident's breadth; who is further away holds nobody up; who moves by less between two looks stands."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip as it went. `best_s` is the shortest path at the speed that is allowed; `track` is where the robot was.

    `blocked_s`: for so long of `seconds` the robot stood while the resident, near it, left no way to the goal.
    `spent_s` is what all of `seconds` went to, by the kinds of carebot.benchmarks.time_spent.
    `contact_m_s` is the robot's fastest speed while it touched a thing, None where it touched none.
    """

    home: int
    number: int
    start: tuple[float, float]
    goal: tuple[float, float]
    arrived: bool
    reason: str
    seconds: float
    best_s: float
    blocked_s: float
    touched_person: bool
    contact_m_s: float | None
    touched: tuple[str, ...]
    spent_s: dict[str, float]
    track: tuple[tuple[float, float], ...] = field(repr=False)

    @property
    def ratio(self) -> float:
        return self.seconds / self.best_s

    @property
    def free_ratio(self) -> float:
        """The same without the time for which the resident left no way."""
        return (self.seconds - self.blocked_s) / self.best_s

    def content(self) -> dict[str, object]:
        """For a machine to read, without the track."""
        return {**{key: value for key, value in asdict(self).items() if key != "track"}, "ratio": self.ratio}

    def __str__(self) -> str:
        outcome = "arrived" if self.arrived else f"NOT ARRIVED ({self.reason or 'time is over'})"
        touched = f", touched {', '.join(self.touched)}" if self.touched else ""
        return (
            f"home {self.home} trip {self.number}: {outcome} after {self.seconds:.1f} s ({self.ratio:.2f} ×){touched}"
        )


@dataclass(frozen=True, slots=True)
class NavigationReport:
    """All trips, and what they come to. `ratio` is the time of all trips that arrived by that of the shortest paths."""

    trips: tuple[Trip, ...]

    @property
    def arrived(self) -> int:
        return sum(trip.arrived for trip in self.trips)

    @property
    def touched_person(self) -> int:
        return sum(trip.touched_person for trip in self.trips)

    @property
    def hard_contacts(self) -> int:
        return sum(trip.contact_m_s is not None and trip.contact_m_s > GENTLE_M_S for trip in self.trips)

    @property
    def ratio(self) -> float:
        there = [trip for trip in self.trips if trip.arrived]
        return sum(trip.seconds for trip in there) / max(1e-9, sum(trip.best_s for trip in there))

    def percentile(self, percent: float, free: bool = False) -> float:
        """Of the trips that arrived: their time by the shortest path's, `free` without what the resident blocked."""
        ratios = [trip.free_ratio if free else trip.ratio for trip in self.trips if trip.arrived]
        return float(np.percentile(ratios, percent)) if ratios else float("nan")

    @property
    def blocked_s(self) -> float:
        """For how long, in all trips, the robot stood while the resident left no way."""
        return sum(trip.blocked_s for trip in self.trips)

    @property
    def spent_s(self) -> dict[str, float]:
        """What the time of the trips that arrived went to, the most first."""
        return summed(trip.spent_s for trip in self.trips if trip.arrived)

    @property
    def best_s(self) -> float:
        """How long the shortest paths of the trips that arrived take."""
        return sum(trip.best_s for trip in self.trips if trip.arrived)

    @property
    def is_good(self) -> bool:
        enough = self.arrived >= 0.98 * len(self.trips)
        return enough and not self.touched_person and not self.hard_contacts and self.ratio <= 1.5


def measure(trips: int, seed: int, jobs: int, on_trip: Callable[[Trip], None]) -> NavigationReport:
    """Play so many trips; the same seed gives the same ones."""
    sizes = [min(TRIPS_A_HOME, trips - first) for first in range(0, trips, TRIPS_A_HOME)]
    work = [(seed + number, number, size) for number, size in enumerate(sizes)]
    found: list[Trip] = []
    with workers(min(jobs, len(work))) as pool:
        for some in pool.map(_home_of, work):
            for trip in some:
                on_trip(trip)
            found += some
    return NavigationReport(tuple(found))


def _home_of(work: tuple[int, int, int]) -> list[Trip]:
    return list(play_home(*work))


def play_home(seed: int, number: int, trips: int) -> Iterator[Trip]:
    """The trips in one home, whose furniture `seed` moves."""
    rng = np.random.default_rng((seed, 0x7A1F))
    site_file = share_dir() / "sim" / "sites" / "home.yaml"
    site = load_site(site_file)
    known = Costmap(read_map(map_path(site, site_file)), Shape(), site.zones)
    furniture = _moved_furniture(rng, known, site)
    true = map_of(_with(furniture))
    open_to_it = Costmap(_both(known.grid, true), Shape(), site.zones)
    places = _places(rng, open_to_it, TRIPS_A_HOME + 1)[: trips + 1]
    route = _walk(rng, true, places[0])
    scenario = _scenario(rng, furniture, places[0], route[0])
    with Simulator(scenario, seed, 64, 48, drives=True) as simulator:
        driver = SelfDriver(simulator, Navigator(known), seed)
        stroll = Stroll(simulator, route, _rests(route, true), Costmap(true, WALKER))

        def on_tick(now_s: float) -> None:
            stroll.tick(now_s)
            driver.tick(now_s)

        simulator.on_tick = on_tick
        for trip, goal in enumerate(places[1:]):
            yield _play(simulator, driver, open_to_it, goal, (number, trip))


def _play(
    simulator: Simulator, driver: SelfDriver, floor: Costmap, goal: tuple[float, float], names: tuple[int, int]
) -> Trip:
    pose, begin_s = simulator.robot.pose, simulator.time_s
    start = pose.x_m, pose.y_m
    best_s = quickest_s(floor, start, goal, FollowerParameters().max_speed_m_s)
    driver.touches.clear()
    driver.navigator.go(goal, None, begin_s)
    track, blocked_s, spent_s = [start], 0.0, dict.fromkeys(KINDS, 0.0)
    while simulator.time_s - begin_s < LONGEST_S:
        simulator.step(0.1)
        track.append((simulator.robot.pose.x_m, simulator.robot.pose.y_m))
        for kind, share in _shares(simulator, driver).items():
            spent_s[kind] += 0.1 * share
        if driver.progress.phase in (Phase.ARRIVED, Phase.GAVE_UP):
            break
        if len(track) % LOOKS_EVERY == 0 and _is_blocked(simulator, floor, goal, track[-LOOKS_EVERY:]):
            blocked_s += 0.1 * LOOKS_EVERY
    is_there = hypot(track[-1][0] - goal[0], track[-1][1] - goal[1]) < NEAR_ENOUGH_M + 0.1
    return _trip(driver, names, start, goal, is_there, (simulator.time_s - begin_s, best_s, blocked_s), spent_s, track)


def _shares(simulator: Simulator, driver: SelfDriver) -> dict[str, float]:
    allowed = driver.verdict.twist if driver.verdict is not None else driver.progress.twist
    full_m_s = FollowerParameters().max_speed_m_s
    return shares(driver.progress, allowed, simulator.robot.speeds[0], full_m_s)


def _trip(
    driver: SelfDriver,
    names: tuple[int, int],
    start: tuple[float, float],
    goal: tuple[float, float],
    is_there: bool,
    times_s: tuple[float, float, float],
    spent_s: dict[str, float],
    track: list[tuple[float, float]],
) -> Trip:
    people = [touch for touch in driver.touches if touch.is_person]
    things: list[Touch] = [touch for touch in driver.touches if not touch.is_person]
    return Trip(
        *names,
        start,
        goal,
        driver.progress.phase is Phase.ARRIVED and is_there,
        driver.progress.reason,
        *times_s,
        bool(people),
        max((touch.speed_m_s for touch in things), default=None),
        tuple(sorted({touch.what for touch in (*people, *things)})),
        spent_s,
        tuple(track),
    )


def _is_blocked(
    simulator: Simulator, floor: Costmap, goal: tuple[float, float], track: list[tuple[float, float]]
) -> bool:
    """Whether the robot stands, and has no way to its goal past where the resident really is."""
    x_m, y_m = (float(value) for value in simulator.people[0].body.pelvis_m[:2])
    pose = simulator.robot.pose
    if hypot(track[-1][0] - track[0][0], track[-1][1] - track[0][1]) > STANDS_M:
        return False
    if hypot(x_m - pose.x_m, y_m - pose.y_m) > CLOSE_M:
        return False
    x, y = floor.grid.middles()
    body = np.hypot(x - x_m, y - y_m) < BODY_M
    floor.see(np.zeros_like(body), body)
    way = plan(floor, pose, goal)
    floor.see(np.zeros_like(body), np.zeros_like(body))
    return isinstance(way, NoWay)


# what differs from home to home


def _moved_furniture(rng: np.random.Generator, known: Costmap, site: Site) -> dict[str, Standing]:
    """Some pieces, each somewhere near its place; never in a doorway, and never so that a room cannot be reached."""
    world = described_world("home")
    chosen: dict[str, Standing] = {}
    for name in rng.permutation(MOVABLE):
        if len(chosen) == MOVES:
            break
        pose = world.frames[str(name)]
        for _ in range(10):
            away = rng.uniform(0.3, 1.2) * np.array((np.cos(angle := rng.uniform(-np.pi, np.pi)), np.sin(angle)))
            x, y = (float(value) for value in pose.position[:2] + away)
            free = known.map_clearances_m(np.array([(x, y)]))[0] > 0.35
            if free and all(hypot(x - door.at[0], y - door.at[1]) > DOORWAY_M for door in site.doors):
                place = Standing(at=(x, y), facing_deg=degrees(pose.yaw_rad + rng.uniform(-0.8, 0.8)) % 360)
                if _keeps_ways_open({**chosen, str(name): place}, known.grid, site):
                    chosen[str(name)] = place
                    break
    return chosen


def _keeps_ways_open(furniture: dict[str, Standing], known: GridMap, site: Site) -> bool:
    """With enough room to get past what may be a person: the robot cannot know at first that it is a chair.

    Not so where a piece sticks out through an outer wall: then the map would be another size.
    """
    costmap = Costmap(known, replace(Shape(), margin_m=0.08), site.zones)
    cells = map_of(_with(furniture)).cells
    if cells.shape != known.cells.shape:
        return False
    added = (known.cells == FREE) & (cells != FREE)
    costmap.see(added, np.zeros_like(added))
    first, *others = [room.stand for room in site.rooms if room.stand]
    return not any(isinstance(plan(costmap, Pose2D(*first.at), other.at), NoWay) for other in others)


def _with(furniture: dict[str, Standing]) -> World:
    world = described_world("home")
    for name, place in furniture.items():
        world = moved(world, name, from_euler(np.array((*place.at, 0.0)), 0, 0, radians(place.facing_deg)))
    return world


def _both(known: GridMap, true: GridMap) -> GridMap:
    """What stands there, and what stood there when the map was made: under a table top a lidar sees nothing else."""
    return replace(known, cells=np.where(known.cells == FREE, true.cells, known.cells))


def _places(rng: np.random.Generator, floor: Costmap, count: int) -> list[tuple[float, float]]:
    """Random places with room around them, each some way from the one before."""
    x, y = floor.grid.middles()
    middles = np.column_stack((x.ravel(), y.ravel()))
    candidates = middles[floor.map_clearances_m(middles) > ROOM_M]
    found: list[tuple[float, float]] = []
    while len(found) < count:
        x_m, y_m = candidates[rng.integers(len(candidates))]
        place = float(x_m), float(y_m)
        if not found or _is_trip(floor, found[-1], place):
            found.append(place)
    return found


def _is_trip(floor: Costmap, start: tuple[float, float], goal: tuple[float, float]) -> bool:
    return hypot(goal[0] - start[0], goal[1] - start[1]) > SHORTEST_M and floor.is_connected(start, goal)


def _scenario(
    rng: np.random.Generator,
    furniture: dict[str, Standing],
    start: tuple[float, float],
    beginning: tuple[float, float],
) -> Scenario:
    return Scenario(
        description="Trips of a robot on its own",
        world="home",
        robot=RobotPlace(at=start, facing_deg=float(rng.uniform(-180, 180))),
        start=Start(at=beginning, facing_deg=0.0),
        script=(Stand(for_s=1.0),),
        moved=furniture,
    )


def _rests(route: list[tuple[float, float]], grid: GridMap) -> frozenset[int]:
    """Now and then, where there is room to be walked around."""
    costmap = Costmap(grid, WALKER)
    found: list[int] = []
    for number, place in enumerate(route):
        if number - (found[-1] if found else 0) >= 3 and costmap.clearance_at(*place) > AROUND_M:
            found.append(number)
    return frozenset(found)


def _walk(rng: np.random.Generator, grid: GridMap, robot: tuple[float, float]) -> list[tuple[float, float]]:
    """A walk from room to room for as long as the trips may last, around furniture and through doors."""
    costmap = Costmap(grid, WALKER)
    x, y = grid.middles()
    middles = np.column_stack((x.ravel(), y.ravel()))
    candidates = middles[costmap.map_clearances_m(middles) > ROOM_M]
    away = candidates[np.hypot(*(candidates - robot).T) > SHORTEST_M]
    route: list[tuple[float, float]] = []
    in_vain = ENCLOSED_AFTER
    while len(route) < 120:
        if in_vain == ENCLOSED_AFTER:
            at = away[rng.integers(len(away))]
            route, in_vain = [(float(at[0]), float(at[1]))], 0
        goal = candidates[rng.integers(len(candidates))]
        path = plan(costmap, Pose2D(*route[-1]), (float(goal[0]), float(goal[1])))
        if isinstance(path, NoWay) or path.length_m <= 1.0:
            in_vain += 1
            continue
        corners = LineString(path.points_m).simplify(0.06).coords
        route += [(float(corner[0]), float(corner[1])) for corner in list(corners)[1:]]
        in_vain = 0
    return route


def plot(report: NavigationReport, path: Path) -> None:
    """Draw all trips on the map into the PNG `path`."""
    from carebot.navigation.picture import draw_tracks

    site_file = share_dir() / "sim" / "sites" / "home.yaml"
    site = load_site(site_file)
    tracks = [(trip.track, trip.arrived and not trip.touched_person) for trip in report.trips]
    title = f"{report.arrived} of {len(report.trips)} trips arrived, {report.ratio:.2f} × the shortest path's time"
    draw_tracks(read_map(map_path(site, site_file)), site, tracks, title, path)
