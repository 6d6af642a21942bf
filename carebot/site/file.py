"""The site file as a whole: checked once, to the last key, with sentences that name file, line and key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, model_validator
from shapely import Point as GeometryPoint
from typing_extensions import Self

from carebot.config import EntriesError, EntryError, FileModel, check, read_mapping, refusals, with_line
from carebot.errors import ConfigError
from carebot.resources import expanded, share_dir
from carebot.site.hours import Hours, Quiet
from carebot.site.places import Dock, Door, Name, Named, Place, Room, Zone
from carebot.site.values import Language, TimeZone
from carebot.site.voice import Voice

CALL_KEYS = ("caregivers", "escalation", "relays", "tell_when_answered")
"""Those of the same file that `carebot.escalation.plan` reads and checks."""
ROUTINE_KEYS = ("schedule", "pauses", "triggers", "quiet_hours", "keep")
"""Those of the same file that `carebot.routines.agenda` reads and checks."""
HOUSE_KEYS = ("mqtt",)
"""Those of the same file that `carebot.escalation.mqtt_link` reads and checks."""
Each = TypeVar("Each", bound=Named)
OVERLAP_M2 = 0.05
"""Rooms that share more floor than this overlap; less is how walls are drawn."""
DOOR_REACH_M = 0.3
"""A doorway lies this near to both of its rooms."""


class Resident(FileModel):
    """Who lives here. `called` is how the robot addresses them, `room` is their own, `voice` how it speaks to them.

    `end_silence_s`: after so long a silence they have ended; more for who pauses long between words.
    `quiet_hours` of their own hold for them in place of the house's.
    """

    name: str = Field(min_length=1, max_length=200)
    called: str = Field(default="", max_length=200)
    language: Language | None = None
    room: Name | None = None
    voice: Voice | None = None
    end_silence_s: float | None = Field(default=None, ge=0.2, le=5.0)
    quiet_hours: tuple[Hours, ...] = ()

    @property
    def address(self) -> str:
        """How the robot addresses them."""
        return self.called or self.name


class Site(FileModel):
    """Where the robot lives. All positions are on `map`, the YAML of a ROS map_server, beside the site file."""

    name: str = ""
    time_zone: TimeZone = "UTC"
    language: Language = "en"
    map: str = ""
    rooms: tuple[Room, ...] = ()
    places: tuple[Place, ...] = ()
    doors: tuple[Door, ...] = ()
    docks: tuple[Dock, ...] = ()
    zones: tuple[Zone, ...] = ()
    residents: tuple[Resident, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = self._in_names(), self._in_rooms(), self._in_doors(), self._in_docks(), self._in_residents()
        errors = tuple(chain.from_iterable(found))
        if errors:
            raise EntriesError(errors)
        return self

    # what is asked of it

    def room(self, name: str) -> Room | None:
        """The room called `name`."""
        return _named(self.rooms, name)

    def place(self, name: str) -> Place | None:
        """The place called `name`."""
        return _named(self.places, name)

    def dock(self, name: str = "") -> Dock | None:
        """The charger called `name`, the first where none is named."""
        return _named(self.docks, name) if name else next(iter(self.docks), None)

    def zone(self, name: str) -> Zone | None:
        """The zone called `name`."""
        return _named(self.zones, name)

    def resident(self, name: str) -> Resident | None:
        """The resident called `name`."""
        return next((each for each in self.residents if each.name == name), None)

    def bed_of(self, resident: str) -> str:
        """The zone of that resident's bed; where none is marked as theirs, the only one there is; else empty."""
        beds = [zone for zone in self.zones if zone.kind == "bed"]
        theirs = [zone.name for zone in beds if zone.resident == resident]
        alone = [zone.name for zone in beds if not zone.resident] if len(beds) == 1 else []
        return next(iter(theirs or alone), "")

    def room_at(self, x_m: float, y_m: float) -> Room | None:
        """The room in which a point of the map lies."""
        return next((room for room in self.rooms if room.contains(x_m, y_m)), None)

    def spots(self) -> tuple[Place | Dock, ...]:
        """The points that the robot can be sent to by name."""
        return (*self.places, *self.docks)

    def destinations(self) -> tuple[str, ...]:
        """Everything that the robot can be sent to by name."""
        return tuple(each.name for each in (*self.rooms, *self.places, *self.docks))

    def language_of(self, resident: str) -> Language:
        """The language in which that resident is spoken to."""
        found = self.resident(resident)
        return (found and found.language) or self.language

    def home_language(self) -> Language:
        """The one in which all residents are spoken to; the site's where they are several or none."""
        found = {self.language_of(each.name) for each in self.residents}
        return found.pop() if len(found) == 1 else self.language

    def quiet(self, house: tuple[Hours, ...]) -> Quiet:
        """When nothing may disturb, where `house` are the quiet hours of the house."""
        return Quiet(house, {each.name: each.quiet_hours for each in self.residents if each.quiet_hours})

    def nearest_door_m(self, x_m: float, y_m: float) -> float | None:
        """How far a point of the map is from the middle of the nearest doorway; None where the file knows none."""
        return min((math.dist(door.at, (x_m, y_m)) for door in self.doors), default=None)

    # whether it makes sense

    def _in_names(self) -> Iterator[EntryError]:
        taken: dict[str, str] = {}
        for key, some in (("rooms", self.rooms), ("places", self.places), ("docks", self.docks)):
            for number, each in enumerate(some):
                if each.name in taken:
                    yield EntryError(f"'{each.name}' is also among {taken[each.name]}: use another name", key, number)
                taken[each.name] = key
        for key, named in (("zones", self.zones), ("doors", self.doors), ("residents", self.residents)):
            names = [each.name for each in named]
            for number, name in enumerate(names):
                if name in names[:number]:
                    yield EntryError(f"two are called '{name}': tell them apart", key, number)

    def _in_rooms(self) -> Iterator[EntryError]:
        for (_, one), (number, other) in combinations(enumerate(self.rooms), 2):
            shared_m2 = one.geometry.intersection(other.geometry).area
            if shared_m2 > OVERLAP_M2:
                sentence = f"{other.name} overlaps {one.name} by {shared_m2:.2f} m²: correct one of them"
                yield EntryError(sentence, "rooms", number, "polygon")
        for number, room in enumerate(self.rooms):
            if room.stand is not None and not room.contains(*room.stand.at):
                sentence = f"{room.stand.at[0]:g}, {room.stand.at[1]:g} is not in {room.name}: correct it"
                yield EntryError(sentence, "rooms", number, "stand", "at")

    def _in_doors(self) -> Iterator[EntryError]:
        for number, door in enumerate(self.doors):
            for name in door.between:
                room = self.room(name)
                if room is None:
                    yield EntryError(self._unknown_room(name), "doors", number, "between")
                    continue
                away_m = room.geometry.distance(GeometryPoint(door.at))
                if away_m > DOOR_REACH_M:
                    sentence = f"{door.name} is {away_m:.2f} m away from {name}: put it where the rooms meet"
                    yield EntryError(sentence, "doors", number, "at")

    def _in_docks(self) -> Iterator[EntryError]:
        """A robot that sees a charger's marker must know which charger it is."""
        taken: dict[int, str] = {}
        for number, dock in enumerate(self.docks):
            if dock.marker_id is not None and dock.marker_id in taken:
                sentence = f"{dock.marker_id} also hangs at {taken[dock.marker_id]}: print another marker"
                yield EntryError(sentence, "docks", number, "marker_id")
            elif dock.marker_id is not None:
                taken[dock.marker_id] = dock.name

    def _in_residents(self) -> Iterator[EntryError]:
        for number, resident in enumerate(self.residents):
            if resident.room is not None and self.room(resident.room) is None:
                yield EntryError(self._unknown_room(resident.room), "residents", number, "room")
        for number, zone in enumerate(self.zones):
            if zone.resident and self.resident(zone.resident) is None:
                known = ", ".join(each.name for each in self.residents) or "nobody yet"
                sentence = f"'{zone.resident}' is not among residents ({known})"
                yield EntryError(sentence, "zones", number, "resident")

    def _unknown_room(self, name: str) -> str:
        return f"'{name}' is not among rooms ({', '.join(room.name for room in self.rooms) or 'none yet'})"


def site_path(name: str) -> Path:
    """The file of a site that carebot ships (`home`, the simulated one), or the path itself; raises ConfigError."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return expanded(name)
    shipped = share_dir() / "sim" / "sites" / f"{name}.yaml"
    if shipped.is_file():
        return shipped
    raise ConfigError(f"there is no site '{name}': use 'home', the simulated one, or the path of a YAML file.")


def load_site(path: Path) -> Site:
    """The site file `path`, without the keys that others read from it: the calls to caregivers, and the schedule.

    Raises:
        ConfigError: naming file, line and key of what cannot be used.
    """
    content = read_mapping(path)
    for refusal in _unknown_keys(content, path):
        raise refusal
    return check(_own(content), Site, path)


def site_refusals(path: Path) -> tuple[ConfigError, ...]:
    """Everything for which `load_site` refuses that file, each with its `keys`; empty where it is good."""
    content = read_mapping(path)
    return (*_unknown_keys(content, path), *refusals(_own(content), Site, path))


def _own(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key in Site.model_fields}


def _unknown_keys(content: dict[str, Any], path: Path) -> tuple[ConfigError, ...]:
    """A refusal of each key that nobody reads, with the keys that anybody does."""
    known = (*Site.model_fields, *CALL_KEYS, *ROUTINE_KEYS, *HOUSE_KEYS)
    unknown = [key for key in content if key not in known]
    sentence = f"is unknown: use one of {', '.join(known)}."
    return tuple(ConfigError(f"{with_line(path, [key])}: the key '{key}' {sentence}", (key,)) for key in unknown)


def map_path(site: Site, path: Path) -> Path:
    """Where the map of the site file `path` lies; raises ConfigError for a site without a map."""
    return map_file(site.map, path)


def map_file(name: object, path: Path) -> Path:
    """Where the map lies that the site file `path` calls `name`; raises ConfigError where that is no name."""
    if not (isinstance(name, str) and name):
        raise ConfigError(f"{with_line(path, ['map'])}: there is no map: name one, see docs/navigation.md.")
    if "\0" in name:
        raise ConfigError(f"{with_line(path, ['map'])}: map: {name!r:.60} is no name of a file: correct it.")
    return path.parent / expanded(name)


def _named(some: Iterable[Each], name: str) -> Each | None:
    return next((each for each in some if each.name == name), None)
