"""When somebody begins to speak, pauses, and has ended: from the likelihood of voice in each block to turns.

Nothing here knows a clock: the time is that of the blocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from carebot.conversation.hearing.sound import BLOCK_S, SILENCE_DBFS, Block

BEGINS_LATE_BLOCKS, ENDS_LATE_BLOCKS = 1, 2
"""How much later than the voice itself the model's likelihood rises and falls (measured: `carebot bench hearing`)."""

LONGER = 2.0
"""How much longer is waited for somebody who has not ended by how it sounds."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How turns are told apart.

    Attributes:
        begins_at: likelihood of voice from which on a block counts as voice.
        goes_on_at: the likelihood that is enough once there is voice; lower, so that voice does not flicker.
        shortest_voice_s: less voice than this on end is a click. No longer than needed: a hasty "stop" has 0.1 s of it.
        end_silence_s: so long a silence ends the turn; older speakers pause longer, so it is set per person.
        pause_s: so long a silence may be the end of a word.
        before_s: sound before the voice that belongs to it.
        longest_s: a turn is cut after this time; the next begins at once.
    """

    begins_at: float = 0.5
    goes_on_at: float = 0.4
    shortest_voice_s: float = 0.1
    end_silence_s: float = 0.7
    pause_s: float = 0.12
    before_s: float = 0.3
    longest_s: float = 30.0

    def __post_init__(self) -> None:
        if not 0.0 < self.goes_on_at <= self.begins_at < 1.0:
            raise ValueError("0 < goes_on_at <= begins_at < 1")
        if not 0.2 <= self.end_silence_s <= 5.0:
            raise ValueError(f"the silence that ends a turn is 0.2 to 5 s, not {self.end_silence_s} s")
        if self.longest_s < 2.0:
            raise ValueError(f"a turn is at least 2 s long, not {self.longest_s} s")


@dataclass(frozen=True, slots=True)
class Began:
    """A voice; `blocks` are the sound so far, from a little before it. `start_s` is when the voice itself began."""

    start_s: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class GoesOn:
    block: Block


@dataclass(frozen=True, slots=True)
class Paused:
    """The voice has been silent for `pause_s`: perhaps the end."""

    voice_end_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over. `voice_end_s` is when the voice ended, `now_s` when that was certain; `level_dbfs` is the mean
    of the blocks with voice; `was_cut`: it was longer than it may be, and the voice goes on."""

    start_s: float
    voice_end_s: float
    now_s: float
    voiced_s: float
    level_dbfs: float
    was_cut: bool = False


TurnEvent = Began | GoesOn | Paused | Ended


class Hysteresis:
    """Voice or not, block by block."""

    def __init__(self, begins_at: float, goes_on_at: float) -> None:
        self._begins_at = begins_at
        self._goes_on_at = goes_on_at
        self.is_voice = False

    def step(self, probability: float) -> bool:
        self.is_voice = probability >= (self._goes_on_at if self.is_voice else self._begins_at)
        return self.is_voice


def voiced_blocks(probabilities: Sequence[float], settings: TurnSettings) -> list[bool]:
    """Voice or not in each block of a recording, with the model's lateness taken back."""
    hysteresis = Hysteresis(settings.begins_at, settings.goes_on_at)
    late = [hysteresis.step(each) for each in probabilities]
    voiced = list(late)
    for at, is_voice in enumerate(late):
        if is_voice and not any(late[max(0, at - BEGINS_LATE_BLOCKS) : at]):
            voiced[max(0, at - BEGINS_LATE_BLOCKS) : at] = [True] * min(at, BEGINS_LATE_BLOCKS)
        if not is_voice and at and late[at - 1]:
            voiced[max(0, at - ENDS_LATE_BLOCKS) : at] = [False] * min(at, ENDS_LATE_BLOCKS)
    return voiced


class Turns:
    """One stream's turns; memory does not grow with their length."""

    def __init__(self, settings: TurnSettings | None = None) -> None:
        self._settings = settings or TurnSettings()
        self._before: deque[Block] = deque(maxlen=self._blocks_before())
        self._turn: _Turn | None = None
        self._reset_voice()

    def _blocks_before(self) -> int:
        return max(1, round((self._settings.before_s + self._settings.shortest_voice_s) / BLOCK_S))

    def _reset_voice(self) -> None:
        self._hysteresis = Hysteresis(self._settings.begins_at, self._settings.goes_on_at)
        self._voice_began_s: float | None = None

    @property
    def is_open(self) -> bool:
        return self._turn is not None

    @property
    def voiced_s(self) -> float:
        """How much voice the open turn has so far."""
        return self._turn.voiced_s if self._turn is not None else 0.0

    def step(self, block: Block, probability: float) -> tuple[TurnEvent, ...]:
        """What happened with `block`, whose likelihood of voice is `probability`."""
        is_voice = self._hysteresis.step(probability)
        if self._turn is None:
            return self._wait(block, is_voice)
        return self._go_on(self._turn, block, is_voice)

    def over(self, now_s: float) -> tuple[TurnEvent, ...]:
        """End the turn here: somebody knows that it is over."""
        return self._end(self._turn, now_s) if self._turn is not None else ()

    def go_on(self) -> None:
        """Wait twice as long before this pause ends the turn: somebody knows that it goes on."""
        if self._turn is not None:
            self._turn.is_unfinished = True

    def tick(self, now_s: float) -> tuple[TurnEvent, ...]:
        """End a turn whose sound has stopped coming."""
        turn = self._turn
        if turn is None or now_s - turn.last_s < self._settings.end_silence_s:
            return ()
        return self._end(turn, now_s)

    def abort(self) -> None:
        """Drop an open turn and all that was heard."""
        self._turn = None
        self._before.clear()
        self._reset_voice()

    def _wait(self, block: Block, is_voice: bool) -> tuple[TurnEvent, ...]:
        self._before.append(block)
        if not is_voice:
            self._voice_began_s = None
            return ()
        if self._voice_began_s is None:
            self._voice_began_s = block.start_s
        if block.end_s - self._voice_began_s < self._settings.shortest_voice_s:
            return ()
        start_s = self._voice_began_s - BEGINS_LATE_BLOCKS * BLOCK_S
        self._turn = _Turn(start_s, block)
        began = Began(start_s, tuple(self._before))
        self._before.clear()
        return (began,)

    def _go_on(self, turn: _Turn, block: Block, is_voice: bool) -> tuple[TurnEvent, ...]:
        events: list[TurnEvent] = [GoesOn(block)]
        turn.hear(block, is_voice)
        silent_s = block.end_s - turn.voice_end_s
        if not is_voice and not turn.has_paused and silent_s >= self._settings.pause_s:
            turn.has_paused = True
            events.append(Paused(turn.voice_end_s))
        if silent_s >= self._settings.end_silence_s * (LONGER if turn.is_unfinished else 1.0):
            return (*events, *self._end(turn, block.end_s))
        if block.end_s - turn.start_s >= self._settings.longest_s:
            return (*events, *self._end(turn, block.end_s, was_cut=True))
        return tuple(events)

    def _end(self, turn: _Turn, now_s: float, was_cut: bool = False) -> tuple[TurnEvent, ...]:
        self._turn = None
        self._voice_began_s = None
        return (turn.ended(now_s, was_cut),)


class _Turn:
    """An open turn: when it began, and sums over its blocks with voice."""

    def __init__(self, start_s: float, block: Block) -> None:
        self.start_s = start_s
        self.has_paused = self.is_unfinished = False
        self.last_s = block.end_s
        self.voice_end_s = block.end_s - ENDS_LATE_BLOCKS * BLOCK_S
        self.voiced_s = self.voice_end_s - start_s
        self._level_sum, self._level_count = 10.0 ** (block.level_dbfs / 10.0), 1

    def hear(self, block: Block, is_voice: bool) -> None:
        self.last_s = block.end_s
        if not is_voice:
            return
        self.has_paused = self.is_unfinished = False
        self.voice_end_s = block.end_s - ENDS_LATE_BLOCKS * BLOCK_S
        self.voiced_s += block.end_s - block.start_s
        self._level_sum += 10.0 ** (block.level_dbfs / 10.0)
        self._level_count += 1

    def ended(self, now_s: float, was_cut: bool) -> Ended:
        return Ended(self.start_s, self.voice_end_s, now_s, self.voiced_s, self._level_dbfs(), was_cut)

    def _level_dbfs(self) -> float:
        return max(SILENCE_DBFS, 10.0 * log10(self._level_sum / self._level_count))
