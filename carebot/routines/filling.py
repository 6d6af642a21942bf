"""Parameters put into what a routine's file says: into the keys of steps, and into texts."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

_WHOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def resolved(raw: Any, values: Mapping[str, Any]) -> Any:
    """`raw` with each `"{name}"` in it replaced: by the value itself where there is nothing else, else as text.

    Raises KeyError with the first name that there is no value for.
    """
    if isinstance(raw, str):
        whole = _WHOLE.fullmatch(raw)
        if whole is not None:
            return values[whole.group(1)]
        return _WHOLE.sub(lambda found: as_text(values[found.group(1)]), raw)
    if isinstance(raw, Mapping):
        return {key: resolved(each, values) for key, each in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [resolved(each, values) for each in raw]
    return raw


def as_text(value: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(as_text(each) for each in value)
    return str(value)


def names_in(text: str) -> set[str]:
    """The names that a text has in braces; raises ValueError where braces are not those of names."""
    found = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"'{{{name}}}' is no name: write {{name}}, and {{{{ for a brace itself")
        found.add(name)
    return found


def yes_no_as_text(value: Any) -> Any:
    """YAML takes `yes` and `no` for true and false."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
