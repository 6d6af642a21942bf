"""The whole of hearing behind one class: blocks of sound in, what was said out.

The robot does not answer itself: while its voice sounds, and a little longer, it is deaf, unless an echo canceller
takes its own voice out of the sound and barge-in is allowed. What somebody was saying when it began is judged first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np

from carebot.conversation.hearing.recognisers.base import Recogniser, Words
from carebot.conversation.hearing.refusals import why_refused, without_asides
from carebot.conversation.hearing.sound import BLOCK_S, Block, Samples
from carebot.conversation.hearing.turn_ends import SEES_S, TurnEnd
from carebot.conversation.hearing.turns import Began, Ended, GoesOn, Paused, TurnEvent, Turns, TurnSettings
from carebot.conversation.hearing.voice import VoiceModel
from carebot.conversation.reflexes import Reflex, ReflexKind, find_reflexes
from carebot.conversation.text import Language

SURELY_OVER, SURELY_UNFINISHED = 0.8, 0.2
"""Likelihoods of a model of turns' ends; between them the silence decides alone."""

TURN_BLOCKS = ceil(SEES_S / BLOCK_S)
A_CLICK_S = 0.15
"""Less voice than this is a click or a cough; of what is heard in it only a call counts, as "stop" is as short."""


@dataclass(frozen=True, slots=True)
class HearingSettings:
    """`echo_tail_s`: how long the robot's own voice lasts in the room. `may_barge_in`: it hears while it speaks."""

    turns: TurnSettings = field(default_factory=TurnSettings)
    echo_tail_s: float = 0.4
    may_barge_in: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody says, so far or, with `is_final`, for good.

    Attributes:
        text: the words; "" where a turn ended without any.
        start_s, end_s: when the voice began and, in a final one, ended; else, until when sound was heard.
        heard_s: the time of the sound after which this was known.
        level_dbfs: mean level of the voice; None while it goes on.
        is_sure: where not, neither a command nor "I am fine" may be taken from it.
        reflexes: calls that were not yet in an earlier utterance of the same turn; they do not wait for the end.
        refused: why a final text was dropped ("" where it was not): it is not what somebody said.
    """

    text: str
    is_final: bool
    language: Language
    start_s: float
    end_s: float
    heard_s: float
    level_dbfs: float | None = None
    is_sure: bool = True
    reflexes: tuple[Reflex, ...] = ()
    refused: str = ""


class Ears:
    """Hearing for one stream of sound and one person's settings. Not for several threads at a time."""

    def __init__(
        self,
        voice: VoiceModel,
        recogniser: Recogniser,
        settings: HearingSettings | None = None,
        turn_end: TurnEnd | None = None,
    ) -> None:
        self._turn_end = turn_end
        self._sound: deque[Samples] = deque(maxlen=TURN_BLOCKS)
        self._voice = voice
        self._recogniser = recogniser
        self._settings = settings or HearingSettings()
        self._turns = Turns(self._settings.turns)
        self._turn = _Turn(0.0)
        self._is_speaking = False
        self._deaf_until_s = float("-inf")

    @property
    def is_listening_to_voice(self) -> bool:
        """Whether somebody speaks just now."""
        return self._turns.is_open

    def speaking(self, is_speaking: bool, now_s: float) -> tuple[Utterance, ...]:
        """Whether the robot's voice sounds now; what was said until it began, perhaps half of a sentence: not sure."""
        was_speaking, self._is_speaking = self._is_speaking, is_speaking
        if was_speaking and not is_speaking:
            self._deaf_until_s = now_s + self._settings.echo_tail_s
        if was_speaking or not is_speaking or self._settings.may_barge_in:
            return ()
        said = tuple(
            replace(said, is_sure=False) for event in self._turns.over(now_s) for said in self._take(event, now_s)
        )
        self._close_ears()
        return said

    def is_deaf(self, now_s: float) -> bool:
        """Whether sound is dropped for the robot's own voice."""
        return not self._settings.may_barge_in and (self._is_speaking or now_s < self._deaf_until_s)

    def hear(self, block: Block) -> tuple[Utterance, ...]:
        """What is new with `block`."""
        if self.is_deaf(block.start_s):
            return ()
        events = self._turns.step(block, self._voice.probability(block.samples))
        return tuple(said for event in events for said in self._take(event, block.end_s))

    def tick(self, now_s: float) -> tuple[Utterance, ...]:
        """What is new where sound has stopped coming."""
        return tuple(said for event in self._turns.tick(now_s) for said in self._take(event, now_s))

    def flush(self, now_s: float) -> tuple[Utterance, ...]:
        """The end of the sound: an open turn ends here."""
        return self.tick(now_s + self._settings.turns.end_silence_s)

    def lost(self, now_s: float) -> tuple[Utterance, ...]:
        """The sound broke off: what was said so far counts, and what comes next has nothing to do with it."""
        said = self.flush(now_s)
        self._close_ears()
        return said

    def _close_ears(self) -> None:
        self._turns.abort()
        self._voice.reset()
        self._recogniser.begin()

    def _take(self, event: TurnEvent, now_s: float) -> Iterator[Utterance]:
        if isinstance(event, Began):
            self._recogniser.begin()
            self._turn = _Turn(event.start_s)
            self._sound.clear()
            self._sound.extend(block.samples for block in event.blocks)
            for block in event.blocks:
                yield from self._partial(self._recogniser.feed(block.samples), now_s)
        elif isinstance(event, GoesOn):
            self._sound.append(event.block.samples)
            yield from self._partial(self._recogniser.feed(event.block.samples), now_s)
        elif isinstance(event, Paused):
            yield from self._partial(self._recogniser.glance(), now_s)
            yield from self._perhaps_over(now_s)
        else:
            said = self._final(self._recogniser.finish(), event)
            if event.voiced_s >= A_CLICK_S or said.reflexes or self._turn.text:
                yield said

    def _perhaps_over(self, now_s: float) -> Iterator[Utterance]:
        """Whether the pause is the end, by how the voice fell."""
        if self._turn_end is None or not self._turns.is_open:
            return
        likelihood = self._turn_end.probability(np.concatenate(self._sound))
        if likelihood >= SURELY_OVER:
            for event in self._turns.over(now_s):
                yield from self._take(event, now_s)
        elif likelihood <= SURELY_UNFINISHED:
            self._turns.go_on()

    def _partial(self, text: str, now_s: float) -> Iterator[Utterance]:
        text = without_asides(text)
        if not text or text == self._turn.text:
            return
        new = self._turn.new_reflexes(find_reflexes(text, self._language, final=False))
        if not new and self._turns.voiced_s < A_CLICK_S:
            return
        self._turn.text = text
        yield Utterance(text, False, self._language, self._turn.start_s, now_s, now_s, reflexes=new, is_sure=False)

    def _final(self, words: Words, ended: Ended) -> Utterance:
        text = without_asides(words.text)
        refused = why_refused(text, self._language, ended.voiced_s)
        new = () if refused else self._turn.new_reflexes(find_reflexes(text, self._language))
        return Utterance(
            "" if refused else text,
            True,
            self._language,
            ended.start_s,
            ended.voice_end_s,
            ended.now_s,
            ended.level_dbfs,
            words.is_sure,
            new,
            f"{refused}: {text}" if refused and text else refused,
        )

    @property
    def _language(self) -> Language:
        return self._recogniser.language


class _Turn:
    """What was already told of the turn that is open."""

    def __init__(self, start_s: float) -> None:
        self.start_s = start_s
        self.text = ""
        self._told: set[ReflexKind] = set()

    def new_reflexes(self, found: tuple[Reflex, ...]) -> tuple[Reflex, ...]:
        new = tuple(reflex for reflex in found if reflex.kind not in self._told)
        self._told.update(reflex.kind for reflex in new)
        return new
