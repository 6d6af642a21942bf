"""All routines that can be asked for: carebot's own and the site's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from carebot.errors import ConfigError
from carebot.routines.file import PRIORITIES, Routine, check_at_site, load_routine
from carebot.site.file import Site
from carebot.site.values import Language

OWN = Path(__file__).parent / "library"


def load_library(folder: Path | None, site: Site, caregivers: tuple[str, ...]) -> dict[str, Routine]:
    """carebot's routines and those in `folder`, by name; one of the site's takes the place of carebot's of its name.

    Raises:
        ConfigError: one cannot be used, two of the site's files have one name, or there is no such folder.
    """
    found = {routine.name: routine for routine in map(load_routine, files_in(OWN))}
    if folder is not None:
        found |= _of_site(folder, spoken_in(site))
    for routine in found.values():
        check_at_site(routine, site, caregivers)
    return found


def spoken_in(site: Site) -> tuple[Language, ...]:
    """The languages of a site: its own and the residents'."""
    return tuple(dict.fromkeys([site.language, *(each.language for each in site.residents if each.language)]))


def priority_of(library: Mapping[str, Routine], name: str) -> int:
    """How urgent a routine is; the least where there is none (any more)."""
    routine = library.get(name)
    return routine.priority if routine else min(PRIORITIES.values())


def files_in(folder: Path) -> list[Path]:
    """The YAML files of a folder, in order of their names; raises ConfigError where it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise ConfigError(f"The folder of routines {folder} cannot be read ({error.strerror}): name another.") from None


def _of_site(folder: Path, languages: Iterable[Language]) -> dict[str, Routine]:
    found: dict[str, Routine] = {}
    spoken = tuple(languages)
    for path in files_in(folder):
        routine = load_routine(path, spoken)
        if routine.name in found:
            other = found[routine.name].path
            raise ConfigError(f"{path}: name: '{routine.name}' is also the name of {other}: use another name.")
        found[routine.name] = routine
    return found
