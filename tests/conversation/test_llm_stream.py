"""Bytes of a server → events, in every way that they can be cut into pieces."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.conversation.leash.events import End, Event, Failure, ToolCall, Words
from carebot.conversation.leash.stream import MOST_ARGUMENT_CHARACTERS, MOST_BYTES, MOST_CALLS, Completion


def line(delta: dict[str, object], finish: str | None = None, index: int = 0) -> bytes:
    content = {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


def part(index: int, name: str | None = None, arguments: str | None = None) -> dict[str, object]:
    return {"tool_calls": [{"index": index, "function": {"name": name, "arguments": arguments}}]}


DONE = b"data: [DONE]\n\n"
WHOLE = (
    b": a comment\r\n\r\nevent: x\ndata:"
    + line({"role": "assistant", "content": "は"}).removeprefix(b"data: ")
    + line({"content": "い、é 🙂"})
    + line(part(0, "say", ""))
    + line(part(0, None, '{"a'))
    + line(part(0, None, '": 1}'))
    + line({}, "tool_calls")
    + DONE
)


def events_of(*pieces: bytes, is_stream: bool = True) -> list[Event]:
    completion = Completion(is_stream)
    found = [event for piece in pieces if not completion.is_over for event in completion.feed(piece)]
    return [*found, *completion.close()]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_it_does_not_matter_where_the_bytes_are_cut(places: list[int]) -> None:
    cuts = [0, *sorted(places), len(WHOLE)]
    pieces = [WHOLE[start:end] for start, end in pairwise(cuts)]
    assert events_of(*pieces) == [Words("は"), Words("い、é 🙂"), ToolCall("say", '{"a": 1}'), End()]


@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans())
def test_any_bytes_end_in_exactly_one_end_or_failure(pieces: list[bytes], is_stream: bool) -> None:
    events = events_of(*pieces, is_stream=is_stream)
    assert [isinstance(event, (End, Failure)) for event in events] == [False] * (len(events) - 1) + [True]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end(newline: bytes) -> None:
    assert events_of(WHOLE.replace(b"\r\n", b"\n").replace(b"\n", newline))[-1] == End()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "garbage"),
        (b"<html>", "garbage"),
        (b"data: {}\n\n", "garbage"),
        (b"data: []\n\n", "garbage"),
        (b"data: null\n\n", "garbage"),
        (b'data: {"choices": [{"delta": {"content": 7}}]}\n\n', "garbage"),
        (b"data: " + b"[" * 5000 + b"\n\n", "garbage"),
        (b'data: {"error": {"message": "out of memory"}}\n\n', "refused"),
        (line({"content": "Hello."}), "cut"),
        (line(part(0, "say", "{}")), "cut"),
        (b"data: " + b"x" * MOST_BYTES, "too_long"),
    ],
)
def test_failures(content: bytes, kind: str) -> None:
    last = events_of(content)[-1]
    assert isinstance(last, Failure)
    assert last.kind == kind


def test_the_tools_of_an_answer_that_broke_off_are_not_used() -> None:
    assert not [event for event in events_of(line(part(0, "say", "{}"))) if isinstance(event, ToolCall)]


def test_a_stream_may_end_without_done_where_it_gave_its_reason() -> None:
    assert events_of(line({"content": "Hi."}), line({}, "length")) == [Words("Hi."), End()]


def test_an_empty_reason_to_end_is_none() -> None:
    assert isinstance(events_of(line({"content": "Hi."}, ""))[-1], Failure)


def test_a_last_piece_may_come_with_the_reason() -> None:
    assert events_of(line({"content": "Hi."}, "stop")) == [Words("Hi."), End()]


def test_bytes_are_counted_to_the_last_one() -> None:
    comment = b":" + b"x" * (MOST_BYTES - len(DONE) - 2) + b"\n"
    assert events_of(comment, DONE) == [End()]
    assert isinstance(events_of(b"x" + comment, DONE)[-1], Failure)


def test_tools_and_their_arguments_are_bounded() -> None:
    many = b"".join(line(part(number, "say", "{}")) for number in range(2 * MOST_CALLS))
    assert len([event for event in events_of(many, DONE) if isinstance(event, ToolCall)]) == MOST_CALLS
    long = b"".join(line(part(0, None, "x" * 999)) for _ in range(9))
    assert events_of(long, DONE) == [ToolCall("", "x" * (MOST_ARGUMENT_CHARACTERS + 1)), End()]


def test_only_the_first_choice_counts() -> None:
    assert events_of(line({"content": "no"}, index=1), line({"content": "yes"}), DONE) == [Words("yes"), End()]


def test_nothing_follows_an_end() -> None:
    assert events_of(DONE + line({"content": "more"})) == [End()]
