"""Does a model's file fit the family that the registry says?"""

from __future__ import annotations

from typing import Any

import numpy as np

from carebot.errors import ModelError
from carebot.perception.session import Session

Size = tuple[int, int]
"""(width, height) in pixels."""


def picture_input(session: Session, family: str, *, channels_first: bool, types: tuple[Any, ...]) -> str:
    """The name of the only input, which takes a picture of this layout; raises ModelError where it does not."""
    layout = "(1, 3, height, width)" if channels_first else "(1, height, width, 3)"
    need(len(session.input_shapes) == 1, session, family, "it needs exactly one input")
    name, shape = next(iter(session.input_shapes.items()))
    fits = len(shape) == 4 and shape[0] in (1, None) and shape[1 if channels_first else 3] in (3, None)
    need(fits, session, family, f"its input must be {layout}, not {shape}")
    wanted = " or ".join(np.dtype(each).name for each in types)
    kind = session.input_types[name]
    need(kind in types, session, family, f"its input must be {wanted}, not {kind.name}")
    return name


def picture_size(session: Session, name: str, family: str, given: Size | None, *, channels_first: bool) -> Size:
    """(width, height) of the input: the file's own, else the registry's `given`; raises ModelError without either."""
    shape = session.input_shapes[name]
    height, width = shape[2:4] if channels_first else shape[1:3]
    if given is not None:
        width, height = width or given[0], height or given[1]
    if width is None or height is None:
        raise _unfit(session, family, "its input has no fixed size, so the registry must give input_size")
    return width, height


def need(condition: bool, session: Session, family: str, what: str) -> None:
    """Raise ModelError naming the file, the family and what is wrong, unless `condition`."""
    if not condition:
        raise _unfit(session, family, what)


def _unfit(session: Session, family: str, what: str) -> ModelError:
    return ModelError(
        f"{session.path} is no {family} model ({what}): check the family in the registry, or export it again."
    )
