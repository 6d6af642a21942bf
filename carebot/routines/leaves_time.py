"""The leaves of time: wait, and end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Self

from carebot.routines.conditions import Condition
from carebot.routines.leaf import Leaf, LeafKeys, TextName
from carebot.routines.moment import Moment
from carebot.routines.ports import DONE, Outcome
from carebot.routines.spent import Spent

LONGEST_S = 86_400.0


class WaitKeys(LeafKeys):
    """Wait for so long, or `until` a condition holds, whichever is first."""

    for_s: Annotated[float, Field(ge=0, le=LONGEST_S)]
    until: Annotated[Condition | None, BeforeValidator(lambda raw: raw and Condition.read(raw))] = None


class Waiting:
    """Ends `for_s` after the step's first beginning: a restart does not make it longer."""

    def __init__(self, keys: WaitKeys, moment: Moment) -> None:
        self._keys, self._moment = keys, moment
        self._spent = Spent(moment.began_s)

    def outcome(self, now_s: float) -> Outcome | None:
        spent_s = self._spent.seconds(now_s)
        if self._keys.until is not None and self._moment.holds(self._keys.until):
            return DONE
        return DONE if spent_s >= self._keys.for_s else None

    def cancel(self) -> None:
        """Nothing is under way."""


class Wait(Leaf):
    """Wait."""

    keyword, keys, short = "wait", WaitKeys, "for_s"

    def start(self, keys: WaitKeys, moment: Moment) -> Waiting:
        return Waiting(keys, moment)

    def limit_s(self, keys: WaitKeys) -> float:
        return keys.for_s + 60.0

    def told(self, keys: WaitKeys, _moment: Moment) -> str:
        return f"{keys.for_s:g} s"


class EndKeys(LeafKeys):
    """A routine that ends as `failed` says in `text` why."""

    as_: Annotated[Literal["done", "failed"], Field(alias="as")]
    text: TextName = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.as_ == "failed" and not self.text:
            raise ValueError("as: failed needs a text that says why")
        return self


class End(Leaf):
    """End the routine here."""

    keyword, keys, short = "end", EndKeys, "as"

    def start(self, keys: EndKeys, moment: Moment) -> Outcome:
        moment.end(keys.as_ == "done", moment.text(keys.text, moment.ports.messages.language_of("")))
        return DONE


LEAVES = (Wait(), End())
