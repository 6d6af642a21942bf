"""What is left of a resident's day, in words that the robot may say aloud to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from carebot.routines.schedule import Entry, Pause, Schedule
from carebot.routines.wishes import REMINDER

MOST_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Spoken:
    """A routine as people call it; `resident` is the parameter that says for whom it is, "" where it is for nobody."""

    called: str
    resident: str = ""


def rest_of_day(
    entries: Iterable[Entry],
    pauses: Iterable[Pause],
    time_zone: str,
    routines: Mapping[str, Spoken],
    names: tuple[str, ...],
    now_s: float,
) -> tuple[tuple[time, str], ...]:
    """What is still to come today for the resident called `names`, or for every resident: local times, and what.

    A reminder is told in the words of who wanted it, all else as its routine is called: no medicine by its name, which
    a visitor need not hear. What belongs to another resident is not told, nor what the robot does for itself.
    """
    mine = [entry for entry in entries if _is_for(entry, routines, names)]
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(now_s, zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone).timestamp()
    planned, _ = Schedule(mine, pauses, time_zone, {}, now_s).planned(now_s, midnight - 1.0, MOST_LOOKED_AT)
    return tuple(
        (datetime.fromtimestamp(each.due_at_s, zone).time(), _words(each.entry, routines))
        for each in planned
        if not each.why
    )


def _is_for(entry: Entry, routines: Mapping[str, Spoken], names: tuple[str, ...]) -> bool:
    routine = routines.get(entry.routine)
    if routine is None or not routine.resident:
        return False
    return entry.parameters.get(routine.resident, "") in ("", *names)


def _words(entry: Entry, routines: Mapping[str, Spoken]) -> str:
    wanted = str(entry.parameters.get("what", "")) if entry.routine == REMINDER else ""
    return wanted or routines[entry.routine].called
