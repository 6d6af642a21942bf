"""Answers that may need a language model, made in a thread of their own; they come back in the node's own thread."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rclpy.node import Node

from carebot.conversation.dialogue import Dialogue
from carebot.conversation.leash.leashed import LeashedDialogue, Part
from carebot.ros.worker import Worker

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said: the words, by which means, under which number the exchange is known; `who` is somebody else
    than the resident, "" where it is they, or not known."""

    text: str
    means: str
    number: str
    now: datetime
    who: str = ""


Take = Callable[[Part, Turn], None]


class Answering:
    """One sentence after the other. `take` gets each part of an answer as soon as it may be spoken.

    Whoever calls for help or says stop does not pass here: `call_off` drops what is asked and what waits. A new
    sentence ends what the model is still being asked about the one before.
    """

    def __init__(self, node: Node, dialogue: Dialogue, leashed: LeashedDialogue, take: Take) -> None:
        self._dialogue, self._leashed, self._take = dialogue, leashed, take
        self._turns: queue.Queue[tuple[int, Turn]] = queue.Queue()
        self._parts: deque[tuple[int, Turn, Part]] = deque()
        self._era = 0
        self._guard = node.create_guard_condition(self._hand_over)
        self._worker = Worker("answering", self._run)
        self._worker.start(node)

    @property
    def leashed(self) -> LeashedDialogue:
        return self._leashed

    def answer(self, turn: Turn) -> None:
        """Answer `turn` when it is its turn."""
        self._leashed.interrupt()
        self._turns.put((self._era, turn))

    def call_off(self) -> None:
        """Nothing that was said before this is answered any more."""
        self._era += 1
        self._leashed.interrupt()

    def forget(self) -> None:
        """Nothing of what was said before is answered or kept."""
        self.call_off()
        self._leashed.forget()

    def close(self) -> None:
        """End the thread."""
        self._leashed.interrupt()
        self._worker.stop()

    def _run(self) -> None:
        while not self._worker.stopping.is_set():
            try:
                era, turn = self._turns.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue
            if era == self._era:
                self._answer(era, turn)

    def _answer(self, era: int, turn: Turn) -> None:
        for part in self._leashed.parts(turn.text, turn.now):
            self._parts.append((era, turn, part))
            if self._worker.stopping.is_set():
                return
            self._guard.trigger()

    def _hand_over(self) -> None:
        while self._parts:
            era, turn, part = self._parts.popleft()
            if era == self._era:
                self._take(part, turn)
            elif part.why:
                self._dialogue.drop_question()  # it was never asked aloud
