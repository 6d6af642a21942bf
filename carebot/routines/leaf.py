"""What a leaf of a routine is: a small class with its keys, found by its keyword.

A package of your own adds leaves by naming their classes in its entry points under `carebot.routine_leaves`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from carebot.config import FileModel
from carebot.errors import SetupError
from carebot.routines.ports import Job, Outcome

if TYPE_CHECKING:
    from carebot.routines.moment import Moment

ENTRY_POINTS = "carebot.routine_leaves"

Target = Literal["text", "room", "rooms", "destination", "bed", "resident", "caregiver"]


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a key whose value is the name of something: of a text of the routine, or of something in the site file."""

    to: Target


TextName = Annotated[str, Refers("text")]
Destination = Annotated[str, Refers("destination")]
Bed = Annotated[str, Refers("bed")]
Rooms = Annotated[tuple[str, ...], Refers("rooms")]
CaregiverName = Annotated[str, Refers("caregiver")]
ResidentName = Annotated[str, Refers("resident")]


class LeafKeys(FileModel):
    """The parent of every leaf's keys. Limits belong into their types; `Refers` marks names, which are then checked."""


class Leaf(ABC):
    """Something that a step does. One object serves every run: what a run needs to remember is in its job."""

    keyword: ClassVar[str]
    keys: ClassVar[type[LeafKeys]]
    short: ClassVar[str] = ""
    """The key that `keyword: value` stands for."""
    answers: ClassVar[frozenset[str]] = frozenset()
    """What `when` may name, besides `otherwise`; empty where the step's end has no kinds."""
    expects: ClassVar[str] = ""
    """The key that lists which of `answers` may come; empty where all may."""
    good_answers: ClassVar[frozenset[str]] = frozenset()
    """Without a `when`, the step has succeeded with these; empty: with all."""
    needs_place: ClassVar[bool] = False
    """Whether the robot goes back to where it was, before the step, after something else had taken it away."""
    changes_place: ClassVar[bool] = False
    in_background: ClassVar[bool] = False
    """Whether it needs neither the voice nor the wheels, so that it can still be done where the routine is over."""
    time_limit_s: ClassVar[float] = 120.0

    @abstractmethod
    def start(self, keys: Any, moment: Moment) -> Job | Outcome:
        """Begin; what has to last must not be kept on `self`."""

    def may_begin_again(self, _keys: Any, _was_cut_off: bool) -> bool:
        """Whether it is begun anew after it had begun and not ended; else it counts as done.

        `was_cut_off`: something more urgent, or a pause, broke it off; else a restart came, and nobody knows how far
        it got.
        """
        return True

    def limit_s(self, _keys: Any) -> float:
        """The step's time limit where the file states none."""
        return self.time_limit_s

    def told(self, _keys: Any, _moment: Moment) -> str:
        """What is done and for what, for the caregiver who watches: `doing_<keyword>` is the sentence around it."""
        return ""

    def place(self, _keys: Any, _outcome: Outcome) -> tuple[str, str] | None:
        """Of a leaf that changes the place: the name and the kind (see the action GoTo) of where the robot is now."""
        return None

    def check(self, _keys: Any, _parameters: Mapping[str, Any]) -> str:
        """What does not fit together in the keys, as a sentence's end; empty where all does."""
        return ""


@cache
def leaves() -> Mapping[str, Leaf]:
    """Every leaf by its keyword. Raises SetupError for one that cannot be loaded, or a keyword that two have."""
    return _loaded(entry_points(group=ENTRY_POINTS))


def _loaded(points: Iterable[EntryPoint]) -> dict[str, Leaf]:
    found: dict[str, Leaf] = dict(_own())
    for point in points:
        if point.module.startswith("carebot.routines."):
            continue
        try:
            leaf = point.load()()
        except Exception as error:
            raise SetupError(
                f"The leaf {point.name} ({point.value}) cannot be loaded ({error}): correct it."
            ) from error
        if not isinstance(leaf, Leaf):
            raise SetupError(f"The leaf {point.name} ({point.value}) is no carebot.routines.leaf.Leaf: correct it.")
        if leaf.keyword in found:
            raise SetupError(f"The leaf {point.name} ({point.value}) is called {leaf.keyword}, as another: rename it.")
        found[leaf.keyword] = leaf
    return found


def _own() -> dict[str, Leaf]:
    from carebot.routines import leaves_body, leaves_speech, leaves_telling, leaves_time, leaves_travel

    modules = (leaves_travel, leaves_speech, leaves_telling, leaves_time, leaves_body)
    return {leaf.keyword: leaf for module in modules for leaf in module.LEAVES}


def references(model: type[LeafKeys]) -> dict[str, Target]:
    """Which keys of a leaf are names, and of what."""
    found: dict[str, Target] = {}
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Refers):
                found[name] = mark.to
    return found
