"""The leaves that drive: go, dock, find_person, go_to_person, go_to_alert and follow; and look, which only looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from carebot.routines.leaf import Destination, Leaf, LeafKeys, ResidentName, Rooms
from carebot.routines.moment import Moment
from carebot.routines.ports import Job, Outcome
from carebot.routines.search import Look, Search
from carebot.routines.spent import Spent

DRIVING_S = 300.0


class GoKeys(LeafKeys):
    """`to` is a room, a place or a charger of the site file."""

    to: Destination


class Go(Leaf):
    """Drive there."""

    keyword, keys, short = "go", GoKeys, "to"
    changes_place = True
    time_limit_s = DRIVING_S

    def start(self, keys: GoKeys, moment: Moment) -> Job | Outcome:
        if not keys.to:
            return Outcome(False, "the site file names no room for it")
        return moment.ports.travel.go(keys.to, "", self.time_limit_s)

    def told(self, keys: GoKeys, moment: Moment) -> str:
        return moment.spoken(keys.to)

    def place(self, keys: GoKeys, _outcome: Outcome) -> tuple[str, str]:
        return keys.to, ""


class DockKeys(LeafKeys):
    """`charger` is one of the site file's docks; without it, the first."""

    charger: Destination = ""


class Dock(Leaf):
    """Drive to the charger."""

    keyword, keys, short = "dock", DockKeys, "charger"
    changes_place = True
    time_limit_s = DRIVING_S

    def start(self, keys: DockKeys, moment: Moment) -> Job:
        return moment.ports.travel.go(keys.charger, "dock", self.time_limit_s)

    def place(self, keys: DockKeys, _outcome: Outcome) -> tuple[str, str]:
        return keys.charger, "dock"


class FindKeys(LeafKeys):
    """`rooms` are searched in that order, and only they; without any, all that the site file lets the robot look into,
    the likeliest first, and on the way. In each it looks for `look_s`."""

    who: ResidentName = ""
    rooms: Rooms = ()
    look_s: Annotated[float, Field(ge=1, le=60)] = 5.0


class FindPerson(Leaf):
    """Search the rooms until somebody is seen: the camera tells that it is a person, not who."""

    keyword, keys, short = "find_person", FindKeys, "who"
    answers = frozenset({"found", "not_found"})
    good_answers = frozenset({"found"})
    changes_place = True
    time_limit_s = 900.0

    def start(self, keys: FindKeys, moment: Moment) -> Job | Outcome:
        rooms = moment.searchable(keys.rooms, keys.who)
        if not rooms:
            return Outcome(False, "the site file lets the robot look into none of the rooms")
        return Search(moment.ports, rooms, keys.look_s, not keys.rooms, lambda room: moment.found(keys.who, room))

    def told(self, keys: FindKeys, moment: Moment) -> str:
        return moment.called(keys.who)

    def place(self, _keys: FindKeys, outcome: Outcome) -> tuple[str, str]:
        return outcome.room, "room"


class ApproachKeys(LeafKeys):
    """`look_in` is the room or place where the robot looks for somebody; without it, where it stands."""

    look_in: Destination = ""


class GoToPerson(Leaf):
    """Drive in front of whomever the robot sees, at a polite distance."""

    keyword, keys, short = "go_to_person", ApproachKeys, "look_in"
    changes_place = True
    time_limit_s = DRIVING_S

    def start(self, keys: ApproachKeys, moment: Moment) -> Job:
        return moment.ports.travel.go(keys.look_in, "person", self.time_limit_s)

    def place(self, keys: ApproachKeys, _outcome: Outcome) -> tuple[str, str] | None:
        return (keys.look_in, "") if keys.look_in else None


class AlertKeys(LeafKeys):
    """`alert` is the routine's parameter of that kind, in braces."""

    alert: str


class GoToAlert(Leaf):
    """Drive to where the alert saw whom it is about, whoever else is seen nearer by."""

    keyword, keys, short = "go_to_alert", AlertKeys, "alert"
    changes_place = True
    time_limit_s = DRIVING_S

    def start(self, keys: AlertKeys, moment: Moment) -> Job | Outcome:
        place_m = moment.ports.messages.alert_place_m(keys.alert)
        if place_m is None:
            return Outcome(False, "it is not known where that was")
        room = moment.context.site.room_at(*place_m)
        return In(moment.ports.travel.go_near(*place_m, self.time_limit_s), room.name if room else "")

    def place(self, _keys: AlertKeys, outcome: Outcome) -> tuple[str, str] | None:
        return (outcome.room, "room") if outcome.room else None


class In:
    """A trip whose end is in `room`."""

    def __init__(self, trip: Job, room: str) -> None:
        self._trip, self._room = trip, room

    def outcome(self, now_s: float) -> Outcome | None:
        ended = self._trip.outcome(now_s)
        return replace(ended, room=self._room) if ended is not None and ended.is_done else ended

    def cancel(self) -> None:
        self._trip.cancel()


class LookKeys(LeafKeys):
    """Look for so long."""

    for_s: Annotated[float, Field(ge=1, le=600)] = 5.0


class LookAround(Leaf):
    """Look whether somebody is there."""

    keyword, keys, short = "look", LookKeys, "for_s"
    answers = frozenset({"seen", "not_seen"})
    good_answers = frozenset({"seen"})
    needs_place = True
    time_limit_s = 660.0

    def start(self, keys: LookKeys, moment: Moment) -> Job | Outcome:
        return Look(moment.ports.people, keys.for_s)


class FollowKeys(LeafKeys):
    """Whom: whoever is nearest, where nobody is named; for so long at most."""

    who: ResidentName = ""
    for_s: Annotated[float, Field(ge=5, le=3600)] = 600.0


class Follow(Leaf):
    """Drive behind somebody until the time is over, which is its good end; where they are lost, it fails."""

    keyword, keys, short = "follow", FollowKeys, "who"
    changes_place = True

    def start(self, keys: FollowKeys, moment: Moment) -> Job:
        return Until(moment.ports.company.follow(keys.who, keys.for_s), keys.for_s)

    def may_begin_again(self, _keys: FollowKeys, _was_cut_off: bool) -> bool:
        """Whoever was followed is elsewhere by now."""
        return False

    def limit_s(self, keys: FollowKeys) -> float:
        return keys.for_s + 30.0

    def told(self, keys: FollowKeys, moment: Moment) -> str:
        return moment.called(keys.who)


class Until:
    """A job that is called off, and is done, when its time is over."""

    def __init__(self, job: Job, for_s: float) -> None:
        self._job, self._for_s = job, for_s
        self._spent = Spent()

    def outcome(self, now_s: float) -> Outcome | None:
        found = self._job.outcome(now_s)
        if found is not None:
            return found
        if self._spent.seconds(now_s) < self._for_s:
            return None
        self._job.cancel()
        return Outcome(True)

    def cancel(self) -> None:
        self._job.cancel()


LEAVES = (Go(), Dock(), FindPerson(), GoToPerson(), GoToAlert(), LookAround(), Follow())
