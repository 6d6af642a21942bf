"""Whether a site file can be used as a whole: to the last key, its schedule, its calls and its routines included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carebot.escalation.mqtt_link import load_mqtt
from carebot.escalation.plan import load_plan
from carebot.routines.agenda import Agenda, check_buttons, load_agenda
from carebot.routines.library import load_library
from carebot.site.file import Site, load_site


@dataclass(frozen=True, slots=True)
class WholeSite:
    """What a good site file holds; `people` are its caregivers' names."""

    site: Site
    people: tuple[str, ...]
    agenda: Agenda


def load_whole(file: Path, routines: Path | None = None) -> WholeSite:
    """The site file with all that others read from it; `routines` is a folder of routines of one's own.

    Raises:
        ConfigError: naming file, line and key of what cannot be used.
    """
    site = load_site(file)
    people = tuple(each.name for each in load_plan(file).caregivers)
    library = load_library(routines, site, people)
    agenda = load_agenda(file, library, site, people)
    mqtt = load_mqtt(file)
    check_buttons(file, mqtt.buttons if mqtt else (), library, site, people)
    return WholeSite(site, people, agenda)
