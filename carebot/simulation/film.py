"""Films a scenario: an onlooker's view and the robot's camera side by side, with skeleton and alert state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from carebot.alerts import FallEventKind
from carebot.errors import ConfigError, RecordsError
from carebot.perception.frames import Image
from carebot.perception.skeleton import CALM, Colour, canvas, draw_people, write_line
from carebot.simulation.eye_geometry import FPS, SIZE_PX
from carebot.simulation.eyes import EyesName, OnnxEyes, make_eyes, measured_figures
from carebot.simulation.faults import Faults
from carebot.simulation.runner import Moment, load_playable, pilot_for, play_with
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator

AMBER: Colour = (0, 190, 255)
RED: Colour = (60, 60, 255)
GREEN: Colour = (120, 220, 120)
ALERTS: dict[FallEventKind, tuple[str, Colour]] = {
    FallEventKind.SUSPECTED: ("FALL SUSPECTED", AMBER),
    FallEventKind.CONFIRMED: ("FALL CONFIRMED", RED),
    FallEventKind.RECOVERED: ("RECOVERED", GREEN),
}
STATES: dict[str, Colour] = {"falling": AMBER, "down": AMBER, "suspected": AMBER, "confirmed": RED}
BANNER_PX = 56


def film(name: str, seed: int, eyes: EyesName, out: Path, on_time: Callable[[float], None]) -> None:
    """Writes an mp4 of the scenario; `on_time` hears how far it is, in simulated seconds.

    Raises:
        ConfigError: no such scenario, or `out` cannot be an mp4 file.
        DeviceError: this machine cannot draw.
        RecordsError: the file could not be written to its end.
    """
    scenario = load_playable(name)
    check_film(out)
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), FPS, _film_size_px())
    if not writer.isOpened():
        raise ConfigError(f"{out} cannot be written: check the folder and its rights.")

    def write(picture: Image, now_s: float) -> None:
        writer.write(picture)
        on_time(now_s)

    try:
        with Simulator(scenario, seed, *SIZE_PX) as simulator:
            _shoot(scenario, seed, simulator, eyes, write)
    finally:
        writer.release()
    if not cv2.VideoCapture(str(out)).isOpened():
        raise RecordsError(f"{out} could not be written to its end: make room on the disk.")


def check_film(out: Path) -> None:
    """Raises ConfigError where `out` cannot be an mp4 file."""
    if out.suffix.lower() != ".mp4" or not out.parent.is_dir() or out.is_dir():
        raise ConfigError(f"{out} cannot be written: name a .mp4 file in a folder that exists.")


def _shoot(
    scenario: Scenario, seed: int, simulator: Simulator, eyes: EyesName, write: Callable[[Image, float], None]
) -> None:
    faults = Faults(scenario.faults, seed, measured_figures().blurs())
    spoiled = Faults(scenario.faults, seed)
    looking = make_eyes(eyes, faults, seed, scenario.lighting)
    alert: tuple[str, Colour] | None = None
    pilot = pilot_for(scenario, seed, simulator, faults)
    for moment in play_with(looking, faults, simulator, pilot):
        if moment.events:
            alert = ALERTS[moment.events[-1].kind]
        if isinstance(looking, OnnxEyes):
            seen = looking.picture
        else:
            seen = spoiled.picture(simulator.render(), moment.truth.time_s)
        write(_composed(simulator.overview(), seen, moment, alert), moment.truth.time_s)


def _composed(overview: Image, seen: Image | None, moment: Moment, alert: tuple[str, Colour] | None) -> Image:
    camera = canvas(*SIZE_PX) if seen is None else seen.copy()
    if moment.people is not None:
        colours = {each.track_id: STATES.get(each.state.value, CALM) for each in moment.observations}
        draw_people(camera, moment.people, colours)
    write_line(overview, "onlooker", 0)
    write_line(camera, "the robot's camera" if seen is not None else "no picture", 0)
    banner = canvas(2 * SIZE_PX[0], BANNER_PX)
    states = ", ".join(f"person {each.track_id}: {each.state.value}" for each in moment.observations)
    write_line(banner, f"{moment.truth.time_s:6.1f} s   the resident: {moment.truth.activity}", 0)
    write_line(banner, "   ".join((states or "nobody seen", *moment.faults)), 1)
    if alert is not None:
        cv2.putText(banner, alert[0], (620, 37), cv2.FONT_HERSHEY_SIMPLEX, 1.0, alert[1], 2, cv2.LINE_AA)
    return np.vstack((np.hstack((overview, camera)), banner))


def _film_size_px() -> tuple[int, int]:
    return 2 * SIZE_PX[0], SIZE_PX[1] + BANNER_PX
