"""What routines see and feel in a simulated home, and what triggers go by."""

from __future__ import annotations

from carebot.alerts import FallEvent
from carebot.conversation.text import Language
from carebot.falls.lying_place import LyingPlace
from carebot.falls.parameters import FallParameters
from carebot.geometry import CameraMounting, Pose2D
from carebot.people import People
from carebot.routines.conditions import at_site
from carebot.routines.ports import DONE, Job, Outcome
from carebot.routines.resting import RestWatch
from carebot.routines.triggers import Facts
from carebot.routines.watching import STALE_S, Watching, watching
from carebot.routines.whereabouts import LastSpots, lying_places, places_of
from carebot.simulation.household.happened import Diary
from carebot.site.file import Site

SEEN_WITHIN_S, TOUCHED_FOR_S = 1.5, 3.0
KEPT_S = FallParameters().forget_fall_after_s
LEAST_CONFIDENCE = 0.4


class Done:
    """A job that has ended well."""

    def outcome(self, _now_s: float) -> Outcome:
        return DONE

    def cancel(self) -> None:
        """There is nothing to break off."""


class SimulatedSenses:
    """The ports People, Exercise, Eyes and Touch, and the facts for triggers. The camera is off at the word."""

    def __init__(self, diary: Diary, site: Site, camera: CameraMounting) -> None:
        self._diary, self._site, self._camera = diary, site, camera
        self._spots = LastSpots(camera, KEPT_S)
        self._seen_s = self._people_s = self._touched_s = -1e9
        self._people: People | None = None
        self._watching: Watching | None = None
        self.rest = RestWatch()
        self._closed_until_s = 0.0
        self._wall_s = 0.0
        self._events: list[str] = []
        self.battery: float | None = None

    def see(self, wall_s: float, people: People | None, robot: Pose2D) -> dict[int, LyingPlace]:
        """It is `wall_s` (seconds since 1970), and the camera of the robot at `robot` has given `people`: what the
        site says of lying where they are, by track_id."""
        self._wall_s = wall_s
        if people is None:
            return {}
        self._people, self._people_s = people, self._diary.now_s
        spots = self._spots.see(people, robot, self._diary.now_s)
        self.rest.see(people, lambda: places_of(people, robot, self._camera, self._site), wall_s)
        if any(person.confidence >= LEAST_CONFIDENCE for person in people.people):
            self._seen_s = self._diary.now_s
        if self._watching is not None and not self._watching.is_closed:
            self._watching.see(people)
        return lying_places(spots, self._site, at_site(wall_s, self._site.time_zone))

    def placed(self, event: FallEvent) -> FallEvent:
        """The event with where the person was seen."""
        return self._spots.placed(event)

    def hear(self, text: str, language: Language) -> None:
        if self._watching is not None and not self._watching.is_closed:
            self._watching.hear(text, language)

    def touch(self) -> None:
        self._touched_s = self._diary.now_s

    def happens(self, event: str) -> None:
        self._events.append(event)

    def facts(self, robot: Pose2D, alerts: dict[str, str]) -> Facts:
        """What is known now; events are given once."""
        events, self._events = tuple(self._events), []
        places: frozenset[str] = frozenset()
        if self._people is not None and self._diary.now_s - self._people_s < STALE_S:
            places = places_of(self._people, robot, self._camera, self._site)
        return Facts(self.battery, False, places, events, alerts)

    # ports

    def somebody_is_seen(self, _now_s: float) -> bool:
        return self._diary.now_s - self._seen_s < SEEN_WITHIN_S

    def watch(self, movement: str, _now_s: float) -> Watching | None:
        found = watching(movement, lambda: self._diary.now_s)
        if found is None or self._diary.now_s - self._people_s > STALE_S:
            return None
        self._watching = found
        return found

    def close_until(self, until_s: float) -> Job:
        self._closed_until_s = until_s
        self._diary.add("camera", "off" if until_s > self._wall_s else "on")
        return Done()

    def are_closed(self) -> bool:
        return self._wall_s < self._closed_until_s

    def is_touched(self, _now_s: float) -> bool:
        return self._diary.now_s - self._touched_s < TOUCHED_FOR_S
