"""Whether a site file can be used as a whole: to the last key, its schedule, its calls and its routines included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carebot.config import with_line
from carebot.errors import ConfigError
from carebot.escalation.mqtt_link import load_mqtt
from carebot.escalation.plan import load_plan
from carebot.navigation.grid_map import read_map
from carebot.navigation.map_fit import map_doubts
from carebot.routines.agenda import Agenda, check_buttons, load_agenda
from carebot.routines.library import load_library
from carebot.site.file import Site, load_site, map_path


@dataclass(frozen=True, slots=True)
class WholeSite:
    """What a good site file holds; `people` are its caregivers' names."""

    site: Site
    people: tuple[str, ...]
    agenda: Agenda
    calls_somebody: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed and may still not be meant, each in a sentence."""
        return () if self.calls_somebody else (NOBODY_IS_CALLED,)


NOBODY_IS_CALLED = (
    "nobody is called when somebody falls, as there is no escalation: say who is called when, see docs/escalation.md."
)


def load_whole(file: Path, routines: Path | None = None) -> WholeSite:
    """The site file with all that others read from it; `routines` is a folder of routines of one's own.

    Raises:
        ConfigError: naming file, line and key of what cannot be used.
    """
    site = load_site(file)
    plan = load_plan(file)
    people = tuple(each.name for each in plan.caregivers)
    library = load_library(routines, site, people)
    agenda = load_agenda(file, library, site, people)
    mqtt = load_mqtt(file)
    check_buttons(file, mqtt.buttons if mqtt else (), library, site, people)
    return WholeSite(site, people, agenda, bool(plan.escalation))


def check_map(site: Site, file: Path) -> list[str]:
    """Whether the map of the site file can be used, where it names one; what does not fit to it, each in a sentence.

    Raises:
        ConfigError: naming file and line, and what is wrong with the map.
    """
    if not site.map:
        return []
    try:
        return map_doubts(site, read_map(map_path(site, file)))
    except ConfigError as error:
        raise ConfigError(f"{with_line(file, ['map'])}: map: {error}", ("map",)) from None
