"""What a world asks for and the embedded simulator does not do: each kind once, with the first place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from carebot.simulation.sdf.document import Element


@dataclass(frozen=True, slots=True)
class Note:
    """`what` is a sentence without its full stop; `times` counts the places, of which this is the first."""

    file: Path
    line: int
    what: str
    times: int = 1

    def __str__(self) -> str:
        more = f" (and {self.times - 1} more)" if self.times > 1 else ""
        return f"{self.file}, line {self.line}: {self.what}{more}."


class Notes:
    """Collects notes in the order in which they are met."""

    def __init__(self) -> None:
        self._found: dict[str, Note] = {}

    def add(self, element: Element, what: str) -> None:
        known = self._found.get(what)
        self._found[what] = replace(known, times=known.times + 1) if known else Note(element.file, element.line, what)

    def all(self) -> tuple[Note, ...]:
        return tuple(self._found.values())
