"""A simulated robot that drives itself and knows where people are, by its own camera and lidar."""

from __future__ import annotations

import numpy as np

from carebot.navigation.costmap import Points
from carebot.navigation.navigator import Navigator
from carebot.navigation.sighting import Camera, Sighting, sightings
from carebot.people import People
from carebot.robot import load_robot
from carebot.simulation.sensors import Ranges
from carebot.simulation.simulator import Simulator
from carebot.simulation.trip import SelfDriver


class SeeingDriver(SelfDriver):
    """`see` tells it what the perception found; each sighting is handed on once."""

    def __init__(self, simulator: Simulator, navigator: Navigator, seed: int) -> None:
        super().__init__(simulator, navigator, seed)
        sensor = load_robot("simulated").sensors.camera
        assert sensor is not None
        self._camera = Camera(sensor.mounting(), sensor.x_m)
        self._seen: tuple[Sighting, ...] = ()
        self._near_m: Points = np.empty((0, 2))

    def see(self, people: People | None) -> None:
        unknown_m = self.navigator.unknown_m
        self._seen = () if people is None else sightings(people, self._camera, self._near_m, unknown_m)

    def _heard(self, turn: Ranges, stamp_s: float) -> None:
        super()._heard(turn, stamp_s)
        assert self._sweep is not None
        self._near_m = self._sweep.hits_m

    def take_seen(self) -> tuple[Sighting, ...]:
        """Whom it saw since the last call."""
        seen, self._seen = self._seen, ()
        return seen
