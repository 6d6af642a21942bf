"""A site file while it is drawn at: what stands in it, whether a drawing is good, and the drawing put into it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from carebot.config import FileModel, read_mapping, with_line
from carebot.errors import ConfigError, RecordsError
from carebot.files import write_whole
from carebot.site.file import site_refusals
from carebot.site.places import Metres
from carebot.site_editor.whole import load_whole
from carebot.site_editor.yaml_text import Entry, with_lists
from carebot.strict_yaml import parse_yaml

LISTS = ("rooms", "places", "docks", "doors", "zones")
_POINT, _POLYGON = TypeAdapter(tuple[Metres, Metres]), TypeAdapter(list[tuple[Metres, Metres]])


class Drawn(FileModel):
    """One of a drawing: `value` as the file has it, which was number `origin` in its list; None where it is new."""

    value: dict[str, Any]
    origin: int | None = Field(default=None, ge=0)


class Drawing(FileModel):
    """Everything that can be drawn, as a change of the state `version` of the file."""

    version: str = Field(max_length=64)
    rooms: tuple[Drawn, ...] = ()
    places: tuple[Drawn, ...] = ()
    docks: tuple[Drawn, ...] = ()
    doors: tuple[Drawn, ...] = ()
    zones: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong, in `carebot check site`'s words; `keys` lead to it."""

    sentence: str
    keys: tuple[str | int, ...]


class ChangedError(ConfigError):
    """The file is another one than the one that was drawn at."""


@dataclass(slots=True)
class SiteDocument:
    """The site file `path`; `routines` is a folder of routines of one's own that the check looks at."""

    path: Path
    routines: Path | None = None
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self) -> tuple[str, dict[str, Any]]:
        """The state of the file and what stands in it.

        Raises:
            ConfigError: it cannot be read, or something in it cannot be drawn.
        """
        content = read_mapping(self.path)
        text = _text_of(self.path.read_bytes())
        self._check_drawable(content)
        version = _version(text)
        self._texts[version] = text
        return version, content

    def refusals(self, drawing: Drawing) -> tuple[Refusal, ...]:
        """What is wrong with the file as it would be; empty where it may be saved."""
        try:
            text = self._with(drawing)
        except ChangedError:
            raise
        except ConfigError as error:
            return (Refusal(f"{self.path}: {error}", ()),)
        with TemporaryDirectory() as folder:
            # The same checks as of a file, so a file it has to be.
            trial = Path(folder) / self.path.name
            trial.write_bytes(text.encode())
            return tuple(
                Refusal(str(each).replace(str(trial), self.path.name), each.keys) for each in self._found_in(trial)
            )

    def save(self, drawing: Drawing) -> str:
        """Put the drawing into the file, whole or not at all; its new state.

        Raises:
            ChangedError: the file was changed since it was read.
            RecordsError: it cannot be written.
        """
        text = self._with(drawing)
        target = self.path.resolve()  # a link stays one
        try:
            if _version(_text_of(target.read_bytes())) != drawing.version:
                raise ChangedError(f"{self.path} was changed since it was read: read it anew.")
            write_whole(target, text.encode(), target.stat().st_mode & 0o777)
        except FileNotFoundError:
            raise ChangedError(f"{self.path} is no longer there: put it back.") from None
        except OSError as error:
            sentence = f"{self.path} cannot be written ({error.strerror}): make its folder writable, or free some space"
            raise RecordsError(f"{sentence}; nothing in it has changed.") from None
        version = _version(text)
        self._texts[version] = text
        return version

    def _found_in(self, trial: Path) -> tuple[ConfigError, ...]:
        if found := site_refusals(trial):
            return found
        try:
            load_whole(trial, self.routines)
        except ConfigError as error:
            return (error,)
        return ()

    def _with(self, drawing: Drawing) -> str:
        text = self._texts.get(drawing.version)
        if text is None:
            raise ChangedError(f"{self.path} was read by another program than this one: read it anew.")
        content = parse_yaml(text)
        lists = {key: [Entry(each.value, each.origin) for each in getattr(drawing, key)] for key in LISTS}
        return _renamed(with_lists(text, lists), content, lists)

    def _check_drawable(self, content: dict[str, Any]) -> None:
        for key in LISTS:
            entries = content.get(key) or []
            if not isinstance(entries, list):
                raise ConfigError(f"{with_line(self.path, [key])}: {key} must be a list, see docs/navigation.md.")
            for number, entry in enumerate(entries):
                shape, kind = ("polygon", _POLYGON) if key in ("rooms", "zones") else ("at", _POINT)
                try:
                    kind.validate_python(entry[shape])
                except (ValidationError, KeyError, TypeError):
                    line = with_line(self.path, (key, number, shape))
                    sentence = f"{line}: {key}.{number}.{shape} cannot be drawn: write it in metres first"
                    raise ConfigError(f"{sentence}, see docs/navigation.md.") from None


def _renamed(text: str, content: dict[str, Any], lists: dict[str, list[Entry]]) -> str:
    """Residents follow their room's new name: nothing else in the file says which room was meant."""
    rooms = content.get("rooms") or []
    names = {
        rooms[each.origin].get("name"): each.value.get("name") for each in lists["rooms"] if each.origin is not None
    }
    residents = [each for each in content.get("residents") or () if isinstance(each, dict)]
    moved = [each | {"room": names[each["room"]]} if each.get("room") in names else each for each in residents]
    entries = [Entry(each, number) for number, each in enumerate(moved)]
    return text if moved == residents else with_lists(text, {"residents": entries})


def _text_of(content: bytes) -> str:
    return content.decode("utf-8")  # and not as `read_text`, which would change how lines end


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
