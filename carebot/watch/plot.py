"""The plot of what was watched: angles, heights, states and events over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import degrees, nan
from pathlib import Path
from typing import BinaryIO

from carebot.alerts import FallEvent, FallEventKind
from carebot.errors import RecordsError
from carebot.falls.monitor import PersonObservation
from carebot.lettering import drawable, lettering

STATE_COLOURS = {
    "upright": "#dcebd8",
    "lowered": "#e6e6d2",
    "resting": "#d6e4ee",
    "falling": "#ffe3a0",
    "down": "#ffc7a0",
    "suspected": "#f8b48c",
    "confirmed": "#f09a9a",
}
EVENT_COLOURS = {
    FallEventKind.SUSPECTED: "#d98200",
    FallEventKind.CONFIRMED: "#b40000",
    FallEventKind.RECOVERED: "#2a7d2a",
}
ONSET_COLOUR = "#444444"
LINES = ("#22577a", "#7a2250", "#4f7a22", "#7a5a22", "#22737a", "#5a227a")
GAP_S = 0.7
"""Lines are interrupted where a person was not seen for longer."""


@dataclass
class _Course:
    """One person over time."""

    times_s: list[float] = field(default_factory=list)
    angles_deg: list[float] = field(default_factory=list)
    heights_bl: list[float] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


class CoursePlot:
    """Collects what is seen, and draws it at the end."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._courses: defaultdict[int, _Course] = defaultdict(_Course)
        self._events: list[FallEvent] = []
        self._until_s = 0.0
        self._onset_s: float | None = None

    def add(self, time_s: float, observations: Sequence[PersonObservation], events: Sequence[FallEvent]) -> None:
        self._until_s = time_s
        self._events.extend(events)
        for observation in observations:
            course = self._courses[observation.track_id]
            if course.times_s and time_s - course.times_s[-1] > GAP_S:
                _append(course, course.times_s[-1] + GAP_S, nan, nan, "")
            features = observation.features
            angle_deg = degrees(features.torso_angle_rad)
            _append(course, time_s, angle_deg, features.hip_height_bl, observation.state.value)

    def mark_onset(self, time_s: float) -> None:
        """When a fall is known to have begun."""
        self._onset_s = time_s

    def save(self, target: Path | BinaryIO) -> None:
        """Raises RecordsError where the file cannot be written."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 6.5), layout="constrained")
        angle, height = figure.subplots(2, 1, sharex=True)
        figure.suptitle(drawable(self._title), **lettering())
        for index, (track_id, course) in enumerate(sorted(self._courses.items())):
            colour = LINES[index % len(LINES)]
            angle.plot(course.times_s, course.angles_deg, color=colour, label=f"person {track_id}")
            height.plot(course.times_s, course.heights_bl, color=colour)
            self._shade(angle, course)
            self._shade(height, course)
        self._mark_events(angle, height)
        angle.set(ylabel="torso angle from the vertical, °", ylim=(0, 180))
        height.set(ylabel="hips above the floor, body lengths", xlabel="time, s", xlim=(0, max(self._until_s, 0.1)))
        self._add_legend(figure, angle)
        try:
            figure.savefig(target, dpi=110)
        except (OSError, ValueError) as error:
            raise RecordsError(f"{target} cannot be written ({error}): check the folder and the ending.") from None

    def _shade(self, axes: object, course: _Course) -> None:
        start = 0
        for at in range(1, len(course.states) + 1):
            if at == len(course.states) or course.states[at] != course.states[start]:
                if colour := STATE_COLOURS.get(course.states[start]):
                    end = course.times_s[min(at, len(course.states) - 1)]
                    axes.axvspan(course.times_s[start], end, color=colour, lw=0, zorder=0)  # type: ignore[attr-defined]
                start = at

    def _mark_events(self, *all_axes: object) -> None:
        for event in self._events:
            for axes in all_axes:
                axes.axvline(event.time_s, color=EVENT_COLOURS[event.kind], lw=1.6, ls="--")  # type: ignore[attr-defined]
        if self._onset_s is not None:
            for axes in all_axes:
                axes.axvline(self._onset_s, color=ONSET_COLOUR, lw=1.2, ls=":")  # type: ignore[attr-defined]

    def _add_legend(self, figure: object, axes: object) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        handles, _ = axes.get_legend_handles_labels()  # type: ignore[attr-defined]
        handles += [Patch(color=colour, label=state) for state, colour in STATE_COLOURS.items()]
        handles += [Line2D([], [], color=c, ls="--", label=f"fall {kind.value}") for kind, c in EVENT_COLOURS.items()]
        if self._onset_s is not None:
            handles.append(Line2D([], [], color=ONSET_COLOUR, ls=":", label="fall begins (label)"))
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 7), frameon=False)  # type: ignore[attr-defined]


def _append(course: _Course, time_s: float, angle_deg: float, height_bl: float, state: str) -> None:
    course.times_s.append(time_s)
    course.angles_deg.append(angle_deg)
    course.heights_bl.append(height_bl)
    course.states.append(state)
