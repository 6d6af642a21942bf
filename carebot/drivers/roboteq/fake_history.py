"""What a Roboteq remembers of the questions it was asked, and repeats by itself.

Manual V2.0, pages 255 and 256, "Query History Commands": every question is kept, the last 16 of them. `#` answers the
next one again and ends automatic sending, `# C` forgets them all, `# nn` answers one of them every nn ms. A question
behind `/"prefix","delimiter"`, and those after it, belong to a stream, which comes as a whole at each interval: on one
line, without the questions' names, as Roboteq's driver for ROS takes it apart. `# xx nn` gives one stream its own rate.

The manual does not say what happens to a stream's rate when another is begun: here `# nn` is the rate of all of them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

MOST_QUESTIONS = 16
_MOST_STREAMS = 16
_LONGEST_INTERVAL_MS = 32_000
_MOST_LATE_S = 0.1
_RECALL = re.compile(r"#\s*(?:(C)|(\d{1,5})(?:\s+(\d{1,5}))?)?\s*", re.IGNORECASE)
_STREAM = re.compile(r'/"([^"]*)","([^"]*)"\s*(\?.*)')

Stream = tuple[str, str]
"""A prefix and a delimiter."""


class _Timer:
    """When to send next; what was missed while time jumped is not caught up with."""

    def __init__(self, interval_s: float, now_s: float) -> None:
        self._interval_s = interval_s
        self._next_s = now_s + interval_s

    def rings(self, now_s: float) -> bool:
        if now_s - self._next_s > _MOST_LATE_S:
            self._next_s = now_s
        if now_s < self._next_s:
            return False
        self._next_s += self._interval_s
        return True


def stream_in(line: str) -> tuple[Stream | None, str]:
    """The stream that a line begins, if it does, and what the line asks."""
    found = _STREAM.fullmatch(line)
    return ((found[1], found[2]), found[3]) if found else (None, line)


class QueryHistory:
    """`answer` is how the device answers a question now, such as "A=0:0" to "?A"."""

    def __init__(self, answer: Callable[[str], str | None]) -> None:
        self._answer = answer
        self._clear()

    def remember(self, question: str, begins: Stream | None = None) -> None:
        """A question was understood and answered; perhaps it is the first of a stream."""
        if begins is not None and len(self._streams) < _MOST_STREAMS:
            self._streams.append(begins)
        self._questions.append((len(self._streams), question))

    def obey(self, line: str, now_s: float) -> str | None:
        """Carry out a line that starts with a #; returns its answer, which may be empty, or None to refuse it."""
        found = _RECALL.fullmatch(line)
        if found is None:
            return None
        if found[1]:
            self._clear()
        elif found[2] is None:
            self._timers.clear()
            return self._recalled()
        elif found[3] is None:
            return self._started(range(len(self._streams) + 1), int(found[2]), now_s)
        else:
            number = int(found[2])
            chosen = [number] if 1 <= number <= len(self._streams) else []
            return self._started(chosen, int(found[3]), now_s)
        return ""

    def due(self, now_s: float) -> list[str]:
        """The lines that are to be sent by now."""
        lines = []
        for number, timer in self._timers.items():
            while timer.rings(now_s):
                lines.append(self._streamed(number) if number else self._recalled(own_only=True))
        return [line for line in lines if line]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._questions: deque[tuple[int, str]] = deque(maxlen=MOST_QUESTIONS)
        self._streams: list[Stream] = []
        self._timers: dict[int, _Timer] = {}
        self._position = 0

    def _started(self, numbers: range | list[int], interval_ms: int, now_s: float) -> str | None:
        if not numbers or not 1 <= interval_ms <= _LONGEST_INTERVAL_MS:
            return None
        self._timers.update({number: _Timer(interval_ms / 1000, now_s) for number in numbers})
        return ""

    def _recalled(self, own_only: bool = False) -> str:
        """The next question's answer; `own_only` passes over those that belong to streams."""
        kept = [question for number, question in self._questions if not (own_only and number)]
        if not kept:
            return ""
        question = kept[self._position % len(kept)]
        self._position = (self._position + 1) % len(kept)
        return self._answer(question) or ""

    def _streamed(self, number: int) -> str:
        prefix, delimiter = self._streams[number - 1]
        answers = [self._answer(question) or "" for owner, question in self._questions if owner == number]
        return prefix + delimiter.join(answer.partition("=")[2] for answer in answers) if answers else ""
