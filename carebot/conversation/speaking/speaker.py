"""Says what waits in the queue, sentence after sentence, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from carebot.conversation.speaking.ahead import Ahead
from carebot.conversation.speaking.queue import Event, Line, Piece, SpeechQueue
from carebot.conversation.speaking.sound_out import Loudspeaker
from carebot.conversation.speaking.synthesiser import Sound, Synthesiser
from carebot.errors import CarebotError

LOOK_EVERY_S = 0.2
SLICE_S = 0.01
REST_AFTER_S = 2.0
READING_S, READING_S_A_SIGN = 1.0, {"en": 0.06, "fr": 0.06, "ja": 0.12}


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is being said now, or only shown, for the reason `why_not`; None: nothing is."""

    piece: Piece | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FirstSound:
    """The first sound of a sentence was handed to the loudspeaker, so long after it was its turn."""

    piece: Piece
    after_s: float


class Speaker:
    """A queue, the voices and a loudspeaker. `tell` gets every event, in the thread of `run`.

    `add` and `cancel` may be called from any thread. `why_quiet` says why only urgent lines are heard now.
    """

    def __init__(
        self,
        voices: Synthesiser,
        out: Loudspeaker,
        tell: Callable[[Event | Shown | FirstSound], None],
        why_quiet: Callable[[], str] = lambda: "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._voices, self._out, self._tell, self._why_quiet, self._now = voices, out, tell, why_quiet, now
        self._queue = SpeechQueue()
        self._wake = threading.Condition()
        self._plays = False

    def add(self, line: Line) -> None:
        """Say `line` when it is its turn; at once, in the middle of another's word, if it is an alarm."""
        with self._wake:
            self._queue.add(line)
            self._wake.notify()

    def cancel(self, line_id: str) -> None:
        """Call a line off, also in the middle of a word."""
        with self._wake:
            self._queue.cancel(line_id)
            self._wake.notify()

    @property
    def waiting(self) -> int:
        """How many lines wait or are being said."""
        with self._wake:
            return len(self._queue)

    @property
    def sounds(self) -> bool:
        """Whether its voice sounds in the room just now; not while a line is only shown, or its sound is being made."""
        return self._plays and self._out.can_be_heard

    @property
    def fault(self) -> str:
        """What is wrong with the loudspeaker; empty where sound is heard."""
        return self._out.fault

    def run(self, stopping: threading.Event) -> None:
        """Speak until `stopping` is set."""
        self._out.get_ready()
        idle_since_s = self._now()
        try:
            while not stopping.is_set():
                piece = self._next()
                if piece is not None:
                    self._say(piece, stopping)
                    idle_since_s = self._now()
                elif self._now() - idle_since_s > REST_AFTER_S:
                    idle_since_s = self._now()
                    self._out.drop()
                    self._out.get_ready()
        finally:
            self._out.close()

    def _next(self) -> Piece | None:
        with self._wake:
            piece, events = self._queue.next(self._now(), self._why_quiet()), self._queue.events()
            if piece is None and not events:
                self._wake.wait(LOOK_EVERY_S)
        for event in events:
            self._tell(event)
        return piece

    def _say(self, piece: Piece, stopping: threading.Event) -> None:
        must_stop = _any_of(stopping.is_set, self._must_stop)
        why_not = piece.why_not or self._out.get_ready()
        is_heard = piece.is_heard and not (piece.line.recorded and why_not)
        self._tell(Shown(piece, why_not))
        try:
            is_whole = self._play(piece, must_stop) if is_heard else self._read(piece, must_stop)
        except CarebotError as error:
            why_not, self._plays = str(error), False
            self._tell(Shown(piece, why_not))
            is_whole = self._read(piece, must_stop)
        self._plays = False
        self._tell(Shown(None))
        with self._wake:
            self._queue.ended(self._now(), is_whole, why_not or self._out.fault)

    def _play(self, piece: Piece, must_stop: Callable[[], bool]) -> bool:
        turn_s, is_first = self._now(), True
        with Ahead(lambda: self._sound_of(piece)) as ahead:
            for chunk in ahead.chunks():
                if must_stop():
                    self._out.drop()
                    return False
                if chunk is None:
                    continue
                if is_first:
                    self._plays, is_first = True, False
                    self._tell(FirstSound(piece, self._now() - turn_s))
                self._out.play(*chunk)
        return self._wait_while(lambda: self._out.left_s > 0, must_stop)

    def _sound_of(self, piece: Piece) -> Sound:
        line = piece.line
        if line.recorded is not None:
            return line.recorded.sound(line.voice.volume)
        return self._voices.synthesise(piece.text, line.language, line.voice)

    def _read(self, piece: Piece, must_stop: Callable[[], bool]) -> bool:
        """Nothing sounds, and the caption stands long enough to be read."""
        until_s = self._now() + READING_S + READING_S_A_SIGN[piece.line.language] * len(piece.text)
        return self._wait_while(lambda: self._now() < until_s, must_stop)

    def _wait_while(self, is_going_on: Callable[[], bool], must_stop: Callable[[], bool]) -> bool:
        while is_going_on():
            if must_stop():
                self._out.drop()
                return False
            time.sleep(SLICE_S)
        return True

    def _must_stop(self) -> bool:
        with self._wake:
            return self._queue.must_stop()


def _any_of(*asked: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: any(each() for each in asked)
