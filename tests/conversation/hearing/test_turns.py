"""Turns told from likelihoods of voice, block by block: beginnings, pauses, ends, clicks, monologues, lost sound."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, Block
from carebot.conversation.hearing.turns import (
    Began,
    Ended,
    GoesOn,
    Paused,
    TurnEvent,
    Turns,
    TurnSettings,
    voiced_blocks,
)

SOUND = np.full(BLOCK_SAMPLES, 3277, np.int16)
"""A tenth of full scale: -20 dBFS."""


def blocks_of(seconds: float) -> int:
    return round(seconds / BLOCK_S)


def play(turns: Turns, *parts: tuple[float, float], start_s: float = 0.0) -> list[TurnEvent]:
    """Events of `parts`: pairs of seconds and likelihood."""
    events: list[TurnEvent] = []
    at = start_s
    for seconds, likelihood in parts:
        for _ in range(blocks_of(seconds)):
            events += turns.step(Block(SOUND, at), likelihood)
            at += BLOCK_S
    return events


def of_kind(events: Iterable[TurnEvent], kind: type) -> list[TurnEvent]:
    return [event for event in events if isinstance(event, kind)]


def test_a_turn_from_its_beginning_to_its_end() -> None:
    events = play(Turns(), (1.0, 0.02), (1.5, 0.9), (1.5, 0.02))
    (began,), (ended,) = of_kind(events, Began), of_kind(events, Ended)
    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert began.start_s == pytest.approx(1.0, abs=0.05)
    assert ended.voice_end_s == pytest.approx(2.5, abs=0.08)
    assert ended.now_s - ended.voice_end_s == pytest.approx(0.7, abs=BLOCK_S)
    assert ended.voiced_s == pytest.approx(1.5, abs=0.1)
    assert ended.level_dbfs == pytest.approx(-20.0, abs=0.1)
    assert not ended.was_cut


def test_sound_from_before_the_voice_belongs_to_the_turn_and_no_block_is_lost_or_doubled() -> None:
    events = play(Turns(), (1.0, 0.02), (0.6, 0.9), (1.0, 0.02))
    (began,) = of_kind(events, Began)
    assert isinstance(began, Began)
    assert began.start_s - began.blocks[0].start_s >= 0.2
    times = [block.start_s for block in began.blocks]
    times += [event.block.start_s for event in events if isinstance(event, GoesOn)]
    assert np.diff(times) == pytest.approx(BLOCK_S)


def test_a_click_is_no_turn() -> None:
    assert play(Turns(), (1.0, 0.02), (3 * BLOCK_S, 0.95), (2.0, 0.02)) == []


@pytest.mark.parametrize(("end_silence_s", "turns"), [(0.4, 2), (0.7, 1), (1.5, 1)])
def test_people_who_pause_longer_are_given_longer(end_silence_s: float, turns: int) -> None:
    settings = TurnSettings(end_silence_s=end_silence_s)
    events = play(Turns(settings), (1.0, 0.9), (0.6, 0.02), (1.0, 0.9), (2.0, 0.02))
    assert len(of_kind(events, Ended)) == turns


def test_each_pause_is_told_once() -> None:
    events = play(Turns(), (1.0, 0.9), (0.4, 0.02), (0.5, 0.9), (0.4, 0.02), (0.5, 0.9))
    assert len(of_kind(events, Paused)) == 2


def test_a_voice_that_flickers_stays_a_voice() -> None:
    parts = [(BLOCK_S, likelihood) for likelihood in (0.6, 0.45, 0.42, 0.6, 0.41) * 10]
    assert of_kind(play(Turns(), *parts), Paused) == []
    assert play(Turns(), *[(BLOCK_S, 0.45)] * 50) == []


def test_a_monologue_is_cut_and_goes_on() -> None:
    events = play(Turns(TurnSettings(longest_s=10.0)), (35.0, 0.9), (1.0, 0.02))
    ends = [event for event in events if isinstance(event, Ended)]
    assert [event.was_cut for event in ends] == [True, True, True, False]
    assert sum(event.voiced_s for event in ends) == pytest.approx(35.0, abs=0.6)


def test_a_microphone_that_vanishes_ends_the_turn() -> None:
    turns = Turns()
    play(turns, (1.0, 0.9))
    assert turns.tick(1.3) == ()
    (ended,) = turns.tick(1.8)
    assert isinstance(ended, Ended)
    assert turns.tick(9.0) == ()
    assert not turns.is_open


def test_abort_drops_the_turn() -> None:
    turns = Turns()
    play(turns, (1.0, 0.9))
    turns.abort()
    assert not turns.is_open
    assert play(turns, (2.0, 0.02), start_s=1.0) == []


@pytest.mark.parametrize(
    "wrong",
    [{"end_silence_s": 0.1}, {"end_silence_s": 6.0}, {"begins_at": 0.2}, {"goes_on_at": 0.0}, {"longest_s": 1.0}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"silence|goes_on_at|turn"):
        TurnSettings(**wrong)


def test_the_models_lateness_is_taken_back() -> None:
    likely = [0.0] * 5 + [0.9] * 6 + [0.0] * 5
    assert voiced_blocks(likely, TurnSettings()) == [False] * 4 + [True] * 5 + [False] * 7
    assert voiced_blocks([0.9, 0.0], TurnSettings()) == [False, False]
    assert voiced_blocks([], TurnSettings()) == []
