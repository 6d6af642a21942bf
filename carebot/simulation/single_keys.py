"""Lists in scenario files whose entries are one name with what it needs, such as `camera_lost: {at_s: 4}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast

from pydantic import ValidationError

from carebot.config import FileModel


class Entry(FileModel):
    """One entry. `shorthand` is the field that a bare value fills."""

    shorthand: ClassVar[str | None] = None


Kind = TypeVar("Kind", bound=Entry)


def parse_entries(raw: Any, kinds: Mapping[str, type[Kind]], what: str, entry: str = "entry") -> tuple[Kind, ...]:
    """Every entry of the list `raw` as one of `kinds`; `what` is what it is called, such as "fault".

    Raises:
        ValueError: in plain words, naming the entry and the key.
    """
    if not isinstance(raw, list | tuple):
        raise ValueError(f"must be a list of {what}s, each such as '{next(iter(kinds))}', but it is {raw!r:.60}")
    return tuple(_parse(f"{entry} {number}", each, kinds, what) for number, each in enumerate(raw, start=1))


def name_of(entry: Kind, kinds: Mapping[str, type[Kind]]) -> str:
    """The name by which a file calls this entry."""
    return next(name for name, kind in kinds.items() if kind is type(entry))


def _parse(label: str, raw: Any, kinds: Mapping[str, type[Kind]], what: str) -> Kind:
    if isinstance(raw, tuple(kinds.values())):
        return cast(Kind, raw)
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError(f"{label} must be one {what} such as '{next(iter(kinds))}', not {raw!r:.60}")
    name, value = next(iter(raw.items()))
    if name not in kinds:
        raise ValueError(f"{label}: the {what} '{name}' is unknown: use one of {', '.join(kinds)}")
    try:
        return kinds[name].model_validate(_fields(kinds[name], value))
    except ValidationError as error:
        raise ValueError(f"{label} ({name}): {_complaint(error, kinds[name])}") from None


def _fields(kind: type[Entry], value: Any) -> Any:
    if value is None:
        return {}
    return value if isinstance(value, dict) or kind.shorthand is None else {kind.shorthand: value}


def _complaint(error: ValidationError, kind: type[Entry]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "its value"
    if first["type"] == "extra_forbidden":
        return f"the key '{key}' is unknown: use one of {', '.join(kind.model_fields) or 'none'}"
    if first["type"] == "missing":
        return f"the key '{key}' is missing"
    return f"{key}: {first['msg']}, but it is {first['input']!r:.60}"
