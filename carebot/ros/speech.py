"""The speaking thread as a node uses it: lines go in, and what became of them comes back in the node's own thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.node import Node

from carebot.conversation.speaking.queue import Ended, Event, Line, Said
from carebot.conversation.speaking.sound_out import Loudspeaker
from carebot.conversation.speaking.speaker import FirstSound, Shown, Speaker
from carebot.conversation.speaking.voices import Voices
from carebot.conversation.text import Language
from carebot.ros.worker import Worker


@dataclass(frozen=True, slots=True)
class _Asker:
    ended: Callable[[Ended], None]
    said: Callable[[str], None]


def _ignore(_: object) -> None:
    """For who does not want to know."""


class Speech:
    """Says lines; `show` gets what is said now."""

    def __init__(
        self,
        node: Node,
        out: Loudspeaker,
        language: Language,
        why_quiet: Callable[[], str],
        show: Callable[[Shown], None],
    ) -> None:
        self._voices, self._language, self._show = Voices(), language, show
        self._askers: dict[str, _Asker] = {}
        self._events: deque[Event | Shown | FirstSound] = deque()
        self._speaker = Speaker(self._voices, out, self._tell, why_quiet)
        self._guard = node.create_guard_condition(self._take_events)
        self._worker = Worker("speech", self._run)
        self.voice_fault: str | None = None
        """Why the resident's language has no voice; empty where it has, None while it is being loaded."""

        self.first_sound_s: float | None = None
        """How long the last sentence took to its first sound."""

        self._worker.start(node)

    def say(self, line: Line, ended: Callable[[Ended], None] = _ignore, said: Callable[[str], None] = _ignore) -> None:
        """Say `line`; `said` gets what was said of it so far, and `ended` how it ended, once."""
        self._askers[line.id] = _Asker(ended, said)
        self._speaker.add(line)

    def cancel(self, line_id: str) -> None:
        """Call a line off, in the middle of a word if need be."""
        self._speaker.cancel(line_id)

    def cancel_all(self) -> None:
        """Call everything off."""
        for line_id in list(self._askers):
            self._speaker.cancel(line_id)

    @property
    def fault(self) -> str:
        """What is wrong with the loudspeaker."""
        return self._speaker.fault

    @property
    def waiting(self) -> int:
        """How many lines wait or are being said."""
        return self._speaker.waiting

    @property
    def sounds(self) -> bool:
        """Whether the robot's voice sounds in the room just now."""
        return self._speaker.sounds

    def close(self) -> None:
        """No sound any more."""
        self._worker.stop()

    def _run(self) -> None:
        self.voice_fault = self._voices.warm_up(self._language)
        self._speaker.run(self._worker.stopping)

    def _tell(self, event: Event | Shown | FirstSound) -> None:
        self._events.append(event)
        if not self._worker.stopping.is_set():
            self._guard.trigger()

    def _take_events(self) -> None:
        while self._events:
            event = self._events.popleft()
            if isinstance(event, Shown):
                self._show(event)
            elif isinstance(event, FirstSound):
                self.first_sound_s = event.after_s
            elif isinstance(event, Said) and event.line.id in self._askers:
                self._askers[event.line.id].said(event.text)
            elif isinstance(event, Ended) and event.line.id in self._askers:
                self._askers.pop(event.line.id).ended(event)
