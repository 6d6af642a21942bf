"""Whether somebody who lay or was low is up again: what counts as an answer to "are you all right?"."""

from __future__ import annotations

from carebot.falls.monitor import FallMonitor
from carebot.falls.person_state import PersonState
from carebot.geometry import CameraMounting
from carebot.people import People

UP_FOR_S = 1.0
_LOW = (PersonState.DOWN, PersonState.LOWERED, PersonState.SUSPECTED, PersonState.CONFIRMED, PersonState.RESTING)


class Rising:
    """Watches everybody while a question is open; somebody who was upright all the time answers nothing by that."""

    def __init__(self, mounting: CameraMounting) -> None:
        self._monitor = FallMonitor(mounting=mounting)
        self._was_low: set[int] = set()
        self._up_since_s: dict[int, float] = {}

    def see(self, people: People) -> bool:
        """One picture's people; whether somebody has got up and stayed up."""
        self._monitor.step(people)
        has_risen = False
        for seen in self._monitor.observations():
            if seen.state in _LOW:
                self._was_low.add(seen.track_id)
            if seen.state is not PersonState.UPRIGHT or seen.track_id not in self._was_low:
                self._up_since_s.pop(seen.track_id, None)
                continue
            since_s = self._up_since_s.setdefault(seen.track_id, people.time_s)
            has_risen = has_risen or people.time_s - since_s >= UP_FOR_S
        return has_risen
