"""A server's bytes → events, without I/O: server-sent events, chunks of a completion, or one whole completion.

Sources: the HTML standard's event stream format, and OpenAI's reference of chat completions (`chat.completion.chunk`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from pydantic import BaseModel, Field, ValidationError

from carebot.conversation.leash.events import End, Event, Failure, ToolCall, Words

MOST_BYTES = 256 * 1024
"""Of a whole answer, with what the format adds (about 250 bytes a token)."""

MOST_CALLS = 8
MOST_ARGUMENT_CHARACTERS = 4000

_GARBAGE = Failure("garbage", "The language model's server answered with something that is no chat completion.")
_TOO_LONG = Failure("too_long", f"The language model's answer was longer than {MOST_BYTES // 1024} KiB.")
_CUT = Failure("cut", "The language model's answer broke off before its end.")
_SERVER_ERROR = Failure("refused", "The language model's server reported an error in the middle of its answer.")


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _CallPart(BaseModel):
    index: int = 0
    function: _Function | None = None


class _Delta(BaseModel):
    content: str | None = None
    tool_calls: list[_CallPart] | None = None


class _Choice(BaseModel):
    index: int = 0
    delta: _Delta = Field(default_factory=_Delta)
    message: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: list[_Choice] | None = None
    error: object = None


class Completion:
    """One answer being put together. Feed bytes as they come and `close` when no more come; after a Failure or an End
    nothing more follows."""

    def __init__(self, is_stream: bool = True) -> None:
        self._is_stream = is_stream
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._text = ""
        self._bytes = 0
        self._calls: dict[int, list[str]] = {}
        self._has_data = False
        self._is_finished = False
        self.is_over = False

    def feed(self, content: bytes) -> Iterator[Event]:
        """The events that `content` completes."""
        self._bytes += len(content)
        if self._bytes > MOST_BYTES:
            yield from self._over(_TOO_LONG)
            return
        try:
            text = self._decode(content)
        except UnicodeDecodeError:
            yield from self._over(_GARBAGE)
            return
        self._text += text
        if self._is_stream and ("\n" in text or "\r" in text):
            yield from self._lines()

    def close(self) -> Iterator[Event]:
        """The events with which it ends."""
        if self.is_over:
            return
        if not self._is_stream:
            yield from self._take(self._text)
        if not self.is_over:
            yield from self._finish() if self._is_finished else self._over(_CUT if self._has_data else _GARBAGE)

    def _lines(self) -> Iterator[Event]:
        *lines, self._text = re.split(r"\r\n|\n|\r(?!$)", self._text)
        for line in lines:
            if line.startswith("data:") and not self.is_over:
                yield from self._take(line.removeprefix("data:").strip())

    def _take(self, payload: str) -> Iterator[Event]:
        self._has_data = True
        if payload == "[DONE]":
            yield from self._finish()
            return
        try:
            chunk = _Chunk.model_validate_json(payload)
        except ValidationError:
            yield from self._over(_GARBAGE)
            return
        if chunk.error is not None:
            yield from self._over(_SERVER_ERROR)
        elif chunk.choices is None:
            yield from self._over(_GARBAGE)
        else:
            yield from self._choices(chunk.choices)

    def _choices(self, choices: list[_Choice]) -> Iterator[Event]:
        for choice in choices:
            if choice.index != 0:
                continue
            delta = choice.message or choice.delta
            if delta.content:
                yield Words(delta.content)
            for place, part in enumerate(delta.tool_calls or []):
                # A whole message has no indices; a stream's parts have.
                self._add(place if choice.message else part.index, part.function or _Function())
            self._is_finished = self._is_finished or bool(choice.finish_reason)  # some servers send "" meanwhile

    def _add(self, index: int, function: _Function) -> None:
        if index not in self._calls and len(self._calls) >= MOST_CALLS:
            return
        call = self._calls.setdefault(index, ["", ""])
        call[0] += function.name or ""
        call[1] = (call[1] + (function.arguments or ""))[: MOST_ARGUMENT_CHARACTERS + 1]

    def _finish(self) -> Iterator[Event]:
        for name, arguments in self._calls.values():
            yield ToolCall(name, arguments)
        yield from self._over(End())

    def _over(self, event: Event) -> Iterator[Event]:
        self.is_over = True
        yield event
