"""How a Roboteq reads a line: commands, questions and settings by their names or by their hexadecimal codes.

Names are not case sensitive (manual V2.1, page 182), and a question needs nothing between itself and its argument, as
in `?T2` (V2.1, page 222). Each entry of the manual also gives a HexCode, with which Roboteq's C++ library names
everything, such as `?$1E` for `?FID`; its answer comes under the same name, `$1E=`. The codes are those of the manual
V2.0, where ^EMOD and what follows it are one higher than in the library's oldest `Constants.h` (^ELL is 4B, page 306).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARGUMENTS = r"({first}-?\d+(?:[\s,\[]+-?\d+)*)?[\s\[\]+]*"
"""Brackets and a plus are passed over: a library in use sends them."""
_NAME = r"\s*(\$[0-9A-F]{2}|[A-Z]+)"
_QUESTION = re.compile(r"(\?)" + _NAME + _ARGUMENTS.format(first=r"[\s,\[]*"))
_OTHER = re.compile(r"([!^~%])" + _NAME + _ARGUMENTS.format(first=r"[\s,\[]+"))

_COMMANDS = {
    "$00": "G",
    "$01": "M",
    "$03": "S",
    "$04": "C",
    "$05": "CB",
    "$07": "AC",
    "$08": "DC",
    "$0E": "EX",
    "$0F": "MG",
    "$10": "MS",
    "$1B": "EES",
}
_QUERIES = {
    "$00": "A",
    "$01": "M",
    "$02": "P",
    "$03": "S",
    "$04": "C",
    "$05": "CB",
    "$07": "SR",
    "$08": "CR",
    "$09": "BCR",
    "$0A": "BS",
    "$0B": "BSR",
    "$0C": "BA",
    "$0D": "V",
    "$0E": "D",
    "$0F": "DI",
    "$12": "T",
    "$13": "F",
    "$14": "FS",
    "$15": "FF",
    "$17": "DO",
    "$18": "E",
    "$1D": "LK",
    "$1E": "FID",
    "$1F": "TRN",
    "$22": "DR",
    "$30": "FM",
    "$32": "UID",
    "$3F": "FIN",
}
_SETTINGS = {"$08": "RWD", "$09": "ECHOF", "$27": "MMOD", "$36": "MXRPM", "$4A": "EPPR"}
_BY_KIND: dict[str, dict[str, str]] = {"!": _COMMANDS, "?": _QUERIES, "^": _SETTINGS, "~": _SETTINGS, "%": {}}


@dataclass(frozen=True, slots=True)
class Understood:
    """One line; `called` is what its sender called `name`, and under which it expects the answer."""

    kind: str
    name: str
    called: str
    arguments: list[int]


def understood(line: str) -> Understood | None:
    """What a line without its end says; None where it is nothing that a device knows."""
    found = (_QUESTION if line[:1] == "?" else _OTHER).fullmatch(line.upper())
    if found is None:
        return None
    kind, called = found[1], found[2]
    name = _BY_KIND[kind].get(called) if called[0] == "$" else called
    if name is None:
        return None
    return Understood(kind, name, called, [int(number) for number in re.findall(r"-?\d+", found[3] or "")])
