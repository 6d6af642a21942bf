"""Other people than the resident with whom the robot talks, where it is known who types: each with a dialogue."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import replace
from datetime import datetime

from carebot.conversation.dialogue import Dialogue, Reply, Setting
from carebot.conversation.text import Language

MOST_PEOPLE, MOST_TURNS = 8, 50


class Others:
    """A yes of theirs is none to what the resident was asked. Nothing they say is remembered: nobody has consented."""

    def __init__(self, names: tuple[str, ...], language: Language) -> None:
        """`names` are all of the resident's; without any, nobody can be told from them."""
        self._names, self._language = tuple(filter(None, names)), language
        self._dialogues: OrderedDict[str, Dialogue] = OrderedDict()
        self._turns: deque[str] = deque(maxlen=MOST_TURNS)

    def include(self, who: str) -> bool:
        """Whether `who`, "" where that is not known, is somebody else."""
        return bool(self._names and who and who not in self._names)

    def hear(self, who: str, text: str, turn: str, now: datetime, setting: Setting) -> Reply:
        """The reply to one of them; `setting` is what is known of the resident, of which they get what is no secret."""
        talk = self._dialogues.pop(who, None) or Dialogue(self._language)
        talk.know(replace(setting, name=who, plan=(), may_remember=False))
        self._dialogues[who] = talk
        if len(self._dialogues) > MOST_PEOPLE:
            self._dialogues.popitem(last=False)
        self._turns.append(turn)
        return talk.hear(text, now)

    def had(self, turn: str) -> bool:
        """Whether that was said to one of them."""
        return turn in self._turns

    def forget(self) -> None:
        """What they were asked, too."""
        self._dialogues.clear()
