"""The part of the site file that says what happens by itself: the schedule, the days that are left out, what starts a
routine besides it, and when nothing may disturb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import model_validator
from typing_extensions import Self

from carebot.config import EntryError, FileModel, check, read_mapping, with_line
from carebot.errors import ConfigError
from carebot.routines.file import Routine
from carebot.routines.keeping import Keep
from carebot.routines.parameters import GivenError, filled
from carebot.routines.schedule import Entry, Pause
from carebot.routines.triggers import Trigger
from carebot.site.file import ROUTINE_KEYS, Site
from carebot.site.hours import Hours


class Agenda(FileModel):
    """`schedule` and `triggers` start routines, `pauses` leave out days; in `quiet_hours` only what must be begins."""

    schedule: tuple[Entry, ...] = ()
    pauses: tuple[Pause, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    quiet_hours: tuple[Hours, ...] = ()
    keep: Keep = Keep()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for key in ("schedule", "triggers"):
            ids = [entry.id for entry in getattr(self, key)]
            for number, each in enumerate(ids):
                if each in ids[:number]:
                    raise EntryError(f"two entries are called '{each}': tell them apart", key, number, "id")
        return self


def problem_of(entry: Entry, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]) -> str:
    """Why an entry cannot be used at this site, in a sentence; empty where it can."""
    _, fault = _fault_of(entry.routine, entry.parameters, library, site, caregivers)
    return f"{fault[0].upper()}{fault[1:]}." if fault else ""


def load_agenda(path: Path, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]) -> Agenda:
    """The agenda in the site file `path`; raises ConfigError naming file, line and key of what cannot be used."""
    content = read_mapping(path)
    agenda = check({key: content[key] for key in ROUTINE_KEYS if key in content}, Agenda, path)
    for number, entry in enumerate(agenda.schedule):
        _check_start(path, ("schedule", number), entry.routine, entry.parameters, library, site, caregivers)
    for number, trigger in enumerate(agenda.triggers):
        _check_trigger(path, ("triggers", number), trigger, library, site, caregivers)
    return agenda


def check_buttons(
    path: Path, buttons: Sequence[str], library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]
) -> None:
    """Whether the routines that the site file's `mqtt.buttons` names run without being given anything.

    Raises:
        ConfigError: naming file, line and key of the first that does not.
    """
    for number, name in enumerate(buttons):
        key, fault = _fault_of(name, {}, library, site, caregivers)
        if fault:
            at = ("mqtt", "buttons", number)
            if key == "with":
                fault = f"{name} cannot be a button, {fault}: use another, or one of your own with defaults"
            raise ConfigError(f"{with_line(path, at)}: {_dotted(at)}: {fault}.")


def all_triggers(agenda: Agenda, library: Mapping[str, Routine]) -> tuple[Trigger, ...]:
    """The site file's, and those of the routines' own files; the site's takes the place of one with its id."""
    own = {each.id: each for routine in library.values() for each in routine.file.triggers}
    return tuple((own | {each.id: each for each in agenda.triggers}).values())


def _check_trigger(
    path: Path,
    keys: tuple[str | int, ...],
    trigger: Trigger,
    library: Mapping[str, Routine],
    site: Site,
    caregivers: tuple[str, ...],
) -> None:
    where = trigger.when.somebody_in
    if where is not None and site.zone(where) is None and site.room(where) is None:
        known = ", ".join(each.name for each in (*site.zones, *site.rooms)) or "none, there is none"
        at = (*keys, "when", "somebody_in")
        raise ConfigError(f"{with_line(path, at)}: {_dotted(at)}: there is no zone or room '{where}': use {known}.")
    try:
        given = trigger.given({})
    except KeyError as error:
        at = (*keys, "with")
        sentence = f"'{{{error.args[0]}}}' stands for nothing: use battery_percent, where or alert"
        raise ConfigError(f"{with_line(path, at)}: {_dotted(at)}: {sentence}.") from None
    _check_start(path, keys, trigger.routine, given, library, site, caregivers)


def _check_start(
    path: Path,
    keys: tuple[str | int, ...],
    name: str,
    given: Mapping[str, Any],
    library: Mapping[str, Routine],
    site: Site,
    caregivers: tuple[str, ...],
) -> None:
    key, fault = _fault_of(name, given, library, site, caregivers)
    if fault:
        at = (*keys, key)
        raise ConfigError(f"{with_line(path, at)}: {_dotted(at)}: {fault}.")


def _fault_of(
    name: str, given: Mapping[str, Any], library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]
) -> tuple[str, str]:
    """The key that is wrong and why, of what is to start the routine `name`; both empty where nothing is."""
    routine = library.get(name)
    if routine is None:
        return "routine", f"there is no routine '{name}': use one of {', '.join(sorted(library))}"
    try:
        filled(routine.file.parameters, given, site, caregivers)
    except GivenError as error:
        return "with", str(error)
    return "", ""


def _dotted(keys: tuple[str | int, ...]) -> str:
    return ".".join(str(each) for each in keys)
