"""Looking for somebody: in one place for a while, or from room to room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carebot.routines.ports import Job, Outcome, People, Ports
from carebot.routines.spent import Spent

TRIP_S = 300.0
ROUND_S = 40.0
"""So long it takes at most to look round."""
HERE_S = 1.0


class Look:
    """Ends when somebody is seen, or after `for_s`; the answer is seen or not_seen."""

    def __init__(self, people: People, for_s: float) -> None:
        self._people, self._for_s = people, for_s
        self._spent = Spent()

    def outcome(self, now_s: float) -> Outcome | None:
        if self._people.somebody_is_seen(now_s):
            return Outcome(True, answer="seen")
        return Outcome(True, answer="not_seen") if self._spent.seconds(now_s) >= self._for_s else None

    def cancel(self) -> None:
        """Nothing is under way."""


class Search:
    """Goes from room to room and looks. `found` is called with the room; empty: where the robot happened to be.

    `anywhere`: whoever is seen where the robot stands, or on the way, is found as well. Who is not before the camera
    in a room may be behind it: the robot looks round. A room that cannot be reached is passed over. Where none could
    be, the search itself has failed.
    """

    def __init__(
        self, ports: Ports, rooms: Sequence[str], look_s: float, anywhere: bool, found: Callable[[str], None]
    ) -> None:
        self._anywhere = anywhere
        self._ports, self._left, self._look_s, self._found = ports, list(rooms), look_s, found
        self._room, self._reached, self._reason = "", 0, ""
        self._trip: Job | None = None
        self._round: Job | None = None
        self._look: Look | None = Look(ports.people, HERE_S) if anywhere else None

    def outcome(self, now_s: float) -> Outcome | None:
        if self._look is not None:
            return self._looked(self._look, now_s)
        if self._round is not None:
            return self._looked_round(self._round, now_s)
        if self._trip is not None:
            self._drive(self._trip, now_s)
            return None
        if not self._left:
            return self._given_up()
        self._room = self._left.pop(0)
        self._trip = self._ports.travel.go(self._room, "room", TRIP_S)
        return None

    def cancel(self) -> None:
        for job in (self._trip, self._round):
            if job is not None:
                job.cancel()

    def _looked(self, look: Look, now_s: float) -> Outcome | None:
        seen = look.outcome(now_s)
        if seen is None:
            return None
        self._look = None
        if seen.answer == "seen":
            return self._found_here()
        if self._room:
            self._round = self._ports.travel.go(self._room, "person", ROUND_S)
        return None

    def _looked_round(self, job: Job, now_s: float) -> Outcome | None:
        """Whoever comes into view is found; it does not go up to them."""
        outcome = job.outcome(now_s)
        if self._ports.people.somebody_is_seen(now_s):
            job.cancel()
            return self._found_here()
        if outcome is not None:
            self._round = None
        return None

    def _found_here(self) -> Outcome:
        self._found(self._room)
        return Outcome(True, answer="found", room=self._room or self._ports.standing.room_here())

    def _drive(self, trip: Job, now_s: float) -> None:
        if self._anywhere and self._ports.people.somebody_is_seen(now_s):  # on the way: whoever it is stands here
            trip.cancel()
            self._trip, self._room, self._look = None, "", Look(self._ports.people, self._look_s)
            return
        outcome = trip.outcome(now_s)
        if outcome is None:
            return
        self._trip = None
        if outcome.is_done:
            self._reached += 1
            self._look = Look(self._ports.people, self._look_s)
        else:
            self._reason = outcome.reason

    def _given_up(self) -> Outcome:
        if self._reason and not self._reached:
            return Outcome(False, self._reason)
        return Outcome(True, answer="not_found")
