"""The leaves that speak: say and ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from carebot.routines.filling import yes_no_as_text
from carebot.routines.leaf import Leaf, LeafKeys, TextName
from carebot.routines.moment import Moment
from carebot.routines.ports import Job

KINDS = ("yes", "no", "fine", "help")
"""Kinds of answer that can be expected (see the action Ask)."""

SPEAKING_S = 60.0


AnswerKind = Annotated[Literal["yes", "no", "fine", "help"], BeforeValidator(yes_no_as_text)]


class SayKeys(LeafKeys):
    """`urgent` goes before what waits, and is heard during quiet hours. `once` is never begun twice, not even where it
    was broken off."""

    text: TextName
    urgent: bool = False
    once: bool = False


class Say(Leaf):
    """Say a text. What was begun before a restart is not said again; what an urgent routine interrupted is."""

    keyword, keys, short = "say", SayKeys, "text"
    needs_place = True
    time_limit_s = SPEAKING_S

    def start(self, keys: SayKeys, moment: Moment) -> Job:
        return moment.ports.voice.say(moment.text(keys.text), moment.language, keys.urgent or moment.must_be_heard)

    def may_begin_again(self, keys: SayKeys, was_cut_off: bool) -> bool:
        return was_cut_off and not keys.once

    def told(self, keys: SayKeys, moment: Moment) -> str:
        return moment.text(keys.text)


class AskKeys(LeafKeys):
    """`expect` lists kinds of answer; empty: any words. It is asked `repeats` times again, each for `patience_s`."""

    text: TextName
    expect: tuple[AnswerKind, ...] = ()
    patience_s: Annotated[float, Field(ge=1, le=600)] = 15.0
    repeats: Annotated[int, Field(ge=0, le=10)] = 1


class Ask(Leaf):
    """Ask, and go on by the answer. Asked once more where a restart came before the answer; an answer stays."""

    keyword, keys, short = "ask", AskKeys, "text"
    answers = frozenset({*KINDS, "heard", "unclear", "none"})
    expects = "expect"
    good_answers = frozenset({*KINDS, "heard"})
    needs_place = True

    def start(self, keys: AskKeys, moment: Moment) -> Job:
        question = moment.text(keys.text)
        if moment.is_interrupted:
            question = f"{moment.own_text('interrupted')} {question}"
        asked = (question, moment.language, keys.expect, keys.patience_s, keys.repeats)
        return moment.ports.voice.ask(*asked, is_urgent=moment.must_be_heard)

    def limit_s(self, keys: AskKeys) -> float:
        return (SPEAKING_S / 2 + keys.patience_s) * (keys.repeats + 1)

    def told(self, keys: AskKeys, moment: Moment) -> str:
        return moment.text(keys.text)

    def check(self, keys: AskKeys, _parameters: Mapping[str, Any]) -> str:
        twice = [kind for kind in keys.expect if keys.expect.count(kind) > 1]
        return f"expects '{twice[0]}' twice" if twice else ""


LEAVES = (Say(), Ask())
