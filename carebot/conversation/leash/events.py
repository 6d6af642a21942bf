"""What comes from a language model, as values; a failure is one too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["unreachable", "untrusted", "refused", "redirected", "slow", "cut", "garbage", "too_long", "interrupted"]


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants, with its arguments as they came: unchecked text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class End:
    """The answer is whole."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, or no more of it; `sentence` is for the operator and holds neither key nor words."""

    kind: Kind
    sentence: str


Event = Words | ToolCall | End | Failure
