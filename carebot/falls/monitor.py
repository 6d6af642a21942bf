"""Everybody's falls: people over time in, fall events out."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from carebot.alerts import UPRIGHT_BESIDE, FallEvent, FallEventKind, ResidentAnswer
from carebot.falls.body import Body, body_of
from carebot.falls.classifier import FallClassifier
from carebot.falls.features import PersonFeatures
from carebot.falls.lying_place import LyingPlace
from carebot.falls.machine import PersonMachine
from carebot.falls.parameters import FallParameters
from carebot.falls.person_state import PersonState, Step
from carebot.falls.reasons import beside, confidence, evidence, reason
from carebot.geometry import CameraMounting, Rectangle
from carebot.people import People, Person

BACKWARDS_S = 1.0
TURNS_RAD_S = 0.2  # faster, whoever is lost was turned away from
MOST_RAD = 1.0  # between two pictures; more is an odometry that jumped


@dataclass(frozen=True, slots=True)
class PersonObservation:
    """What is known of one person now, for a plot or a page: `features` are of `body`, the last that was believed.

    `fall_id` is 0 where no fall goes on.
    """

    track_id: int
    state: PersonState
    features: PersonFeatures
    body: Body
    fall_id: int = 0


MOVES_M_S, MOVES_RAD_S = 0.02, 0.02
"""A camera that drives or turns faster moves."""


class FallMonitor:
    """Watches everybody in one camera's pictures.

    Call `step` once for each picture, in order of time, also when nobody is in it: silence is information. Pictures
    that are not newer than the last are ignored; a clock that jumps back by more than a second starts all anew.
    """

    def __init__(
        self,
        parameters: FallParameters | None = None,
        mounting: CameraMounting | None = None,
        bed_zones: Sequence[Rectangle] = (),
        classifier: FallClassifier | None = None,
    ) -> None:
        self._p = FallParameters() if parameters is None else parameters
        self._mounting = CameraMounting() if mounting is None else mounting
        self._bed_zones = tuple(bed_zones)
        self._classifier = classifier
        self._machines: dict[int, PersonMachine] = {}
        self._present: set[int] = set()
        self._now_s = -math.inf
        self._next_fall_id = 1
        self._camera_turns = self._camera_moves = False
        self._places: Mapping[int, LyingPlace] = {}

    def step(
        self,
        people: People,
        turned_rad: float = 0.0,
        places: Mapping[int, LyingPlace] | None = None,
        *,
        camera_moves: bool = False,
    ) -> list[FallEvent]:
        """What happened in this picture; events of one fall come in order.

        `turned_rad` is how far the camera has turned since the last picture, seen from above, positive to the left;
        `camera_moves` says that it turns or drives.
        `places` says where people are by the site's map, by track_id; who is not in it is on plain floor.
        """
        if not math.isfinite(people.time_s) or self._is_old(people.time_s):
            return []
        self._turn(people, turned_rad)
        self._now_s = people.time_s
        bodies = self._bodies(people)
        for track_id, body in bodies.items():
            if track_id not in self._machines:
                self._machines[track_id] = self._heir(body, bodies)
        self._camera_moves = camera_moves
        self._present, self._places = set(bodies), {} if places is None else places
        events = [event for track_id, body in bodies.items() for event in self._see(track_id, body)]
        return events + self._miss_the_others()

    def answer(self, fall_id: int, said: ResidentAnswer, time_s: float) -> list[FallEvent]:
        """What the person of `fall_id` answered when asked, at `time_s`; falls that are over have nothing to answer.

        HELP, UNCLEAR and NONE confirm at once; FINE ends the fall only as soon as the person is seen up again.
        """
        for track_id, machine in self._machines.items():
            if machine.fall is not None and machine.fall_id == fall_id:
                return [
                    replace(event, time_s=time_s)
                    for event in self._events(track_id, machine, machine.answer(said, time_s))
                ]
        return []

    def observations(self) -> list[PersonObservation]:
        """Everybody in the last picture."""
        return [
            PersonObservation(
                track_id, machine.state, machine.features, machine.body, machine.fall_id if machine.fall else 0
            )
            for track_id, machine in self._machines.items()
            if track_id in self._present and machine.features is not None and machine.body is not None
        ]

    def _turn(self, people: People, turned_rad: float) -> None:
        elapsed_s = people.time_s - self._now_s
        if not math.isfinite(turned_rad) or abs(turned_rad) > MOST_RAD:
            turned_rad = 0.0
        self._camera_turns = math.isfinite(elapsed_s) and abs(turned_rad) > TURNS_RAD_S * elapsed_s
        focal_px = people.height_px / 2.0 / math.tan(self._mounting.vertical_fov_rad / 2.0)
        for machine in self._machines.values():
            machine.memory.turn(focal_px * math.tan(turned_rad))

    def _is_old(self, time_s: float) -> bool:
        if time_s < self._now_s - BACKWARDS_S:
            self._machines.clear()
            return False
        return time_s <= self._now_s

    def _bodies(self, people: People) -> dict[int, Body]:
        bodies: dict[int, Body] = {}
        for person in sorted(people.people, key=_confidence, reverse=True):
            body = body_of(person, people, self._mounting, self._p.minimum_confidence)
            if body is not None:
                bodies.setdefault(person.track_id, body)
        return bodies

    def _heir(self, body: Body, present: Collection[int]) -> PersonMachine:
        """The machine for a new person: that of somebody lost near by, who is the same, or a fresh one."""
        lost = [track_id for track_id in self._machines if track_id not in present and not self._is_long_lost(track_id)]
        near = self._nearest(body, lost)
        return PersonMachine(self._p, self._classifier) if near is None else self._machines.pop(near)

    def _nearest(self, body: Body, among: Collection[int]) -> int | None:
        """Who of `among` was last seen nearest to `body`, and near enough to be the same person."""
        near = [
            (distance, track_id)
            for track_id in among
            if (distance := _distance_bl(self._machines[track_id], body)) <= self._p.hand_over_bl
        ]
        return min(near)[1] if near else None

    def _see(self, track_id: int, body: Body) -> list[FallEvent]:
        machine = self._machines[track_id]
        on_bed = any(zone.contains(*body.place) for zone in self._bed_zones)
        place = self._places.get(track_id, LyingPlace.FLOOR)
        steps = machine.see(
            body, on_bed=on_bed, place=place, camera_turns=self._camera_turns, camera_moves=self._camera_moves
        )
        if not machine.was_up and any(step.kind is FallEventKind.SUSPECTED for step in steps):
            fallen = [each for each in self._machines if self._machines[each].fall and self._is_long_lost(each)]
            known = self._nearest(body, fallen)
            if known is not None:
                machine.go_on_with(self._machines.pop(known))
                return []
        return self._events(track_id, machine, steps)

    def _is_long_lost(self, track_id: int) -> bool:
        return not self._now_s - self._machines[track_id].memory.last_seen_s <= self._p.forget_after_s

    def _miss_the_others(self) -> list[FallEvent]:
        events: list[FallEvent] = []
        for track_id, machine in list(self._machines.items()):
            if track_id in self._present:
                continue
            events += self._events(track_id, machine, machine.miss(self._now_s, camera_turns=self._camera_turns))
            lost_s = self._now_s - machine.memory.last_seen_s
            if not lost_s <= (self._p.forget_after_s if machine.fall is None else self._p.forget_fall_after_s):
                del self._machines[track_id]
        return events

    def _events(self, track_id: int, machine: PersonMachine, steps: list[Step]) -> list[FallEvent]:
        return [self._event(track_id, machine, each) for each in steps]

    def _event(self, track_id: int, machine: PersonMachine, step: Step) -> FallEvent:
        if step.kind is FallEventKind.SUSPECTED:
            machine.fall_id, self._next_fall_id = self._next_fall_id, self._next_fall_id + 1
        company = self._company(track_id)
        return FallEvent(
            kind=step.kind,
            fall_id=machine.fall_id,
            track_id=track_id,
            time_s=self._now_s,
            confidence=confidence(step),
            reason_code=step.reason_code,
            reason=reason(step) + beside(company),
            evidence={**evidence(step), **({UPRIGHT_BESIDE: float(company)} if company else {})},
        )

    def _company(self, track_id: int) -> int:
        """How many others are on their feet in this picture."""
        upright = [
            other
            for other in self._present - {track_id}
            if (machine := self._machines.get(other)) is not None and machine.state is PersonState.UPRIGHT
        ]
        return len(upright)


def _confidence(person: Person) -> float:
    return person.confidence if math.isfinite(person.confidence) else -1.0


def _distance_bl(machine: PersonMachine, body: Body) -> float:
    trunk = body.trunk()
    if trunk is None:
        return math.inf
    last_x, last_y = machine.memory.place_px
    distance = math.hypot(trunk[0] - last_x, trunk[1] - last_y) / machine.memory.length_px
    return distance if math.isfinite(distance) else math.inf
