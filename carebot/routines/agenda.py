"""The part of the site file that says what happens by itself: the schedule, and the days that are left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import model_validator
from typing_extensions import Self

from carebot.config import EntryError, FileModel, check, read_mapping, with_line
from carebot.errors import ConfigError
from carebot.routines.file import Routine
from carebot.routines.parameters import GivenError, filled
from carebot.routines.schedule import Entry, Pause
from carebot.site.file import ROUTINE_KEYS, Site


class Agenda(FileModel):
    """`schedule` starts routines, `pauses` leave out days."""

    schedule: tuple[Entry, ...] = ()
    pauses: tuple[Pause, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [entry.id for entry in self.schedule]
        for number, each in enumerate(ids):
            if each in ids[:number]:
                raise EntryError(f"two entries are called '{each}': tell them apart", "schedule", number, "id")
        return self


def problem_of(entry: Entry, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]) -> str:
    """Why an entry cannot be used at this site, in a sentence; empty where it can."""
    routine = library.get(entry.routine)
    if routine is None:
        return f"There is no routine '{entry.routine}': use one of {', '.join(sorted(library))}."
    try:
        filled(routine.file.parameters, entry.parameters, site, caregivers)
    except GivenError as error:
        return f"{error}."[:1].upper() + f"{error}."[1:]
    return ""


def load_agenda(path: Path, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]) -> Agenda:
    """The agenda in the site file `path`; raises ConfigError naming file, line and key of what cannot be used."""
    content = read_mapping(path)
    agenda = check({key: content[key] for key in ROUTINE_KEYS if key in content}, Agenda, path)
    for number, entry in enumerate(agenda.schedule):
        keys: tuple[str | int, ...] = ("schedule", number, "routine")
        routine = library.get(entry.routine)
        if routine is None:
            sentence = f"there is no routine '{entry.routine}': use one of {', '.join(sorted(library))}"
            raise ConfigError(f"{with_line(path, keys)}: schedule.{number}.routine: {sentence}.")
        try:
            filled(routine.file.parameters, entry.parameters, site, caregivers)
        except GivenError as error:
            keys = ("schedule", number, "with")
            raise ConfigError(f"{with_line(path, keys)}: schedule.{number}.with: {error}.") from None
    return agenda
