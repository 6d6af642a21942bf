"""When it is said that nothing is heard, and when that is over; and sound in pieces with gaps and other formats."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.conversation.hearing.liveness import Liveness
from carebot.conversation.hearing.pieces import Piece, as_blocks
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, Block

NOISE = np.array([0, 1] * (BLOCK_SAMPLES // 2), np.int16)
ZEROS = np.zeros(BLOCK_SAMPLES, np.int16)


def hear(liveness: Liveness, samples: np.ndarray, from_s: float, seconds: float) -> float:
    count = round(seconds / BLOCK_S)
    for at in range(count):
        liveness.heard(Block(samples, from_s + at * BLOCK_S), from_s + (at + 1) * BLOCK_S)
    return from_s + count * BLOCK_S


def test_before_the_first_sound_it_is_not_known() -> None:
    assert Liveness().fault(100.0) is None


def test_a_stall_is_said_within_three_seconds_and_is_over_with_the_next_sound() -> None:
    liveness = Liveness()
    end_s = hear(liveness, NOISE, 0.0, 1.0)
    assert liveness.fault(end_s + 2.4) == ""
    assert "no sound has come" in str(liveness.fault(end_s + 2.5))
    hear(liveness, NOISE, end_s + 4.0, 0.1)
    assert liveness.fault(end_s + 4.1) == ""


def test_exact_silence_is_a_fault_within_three_seconds_until_the_first_sound() -> None:
    liveness = Liveness()
    end_s = hear(liveness, ZEROS, hear(liveness, NOISE, 0.0, 1.0), 1.9)
    assert liveness.fault(end_s) == ""
    end_s = hear(liveness, ZEROS, end_s, 0.2)
    assert "muted or unplugged" in str(liveness.fault(end_s))
    end_s = hear(liveness, NOISE, end_s, BLOCK_S)
    assert liveness.fault(end_s) == ""


def test_exact_silence_from_the_start_is_never_called_hearing() -> None:
    liveness = Liveness()
    end_s = hear(liveness, ZEROS, 0.0, 1.0)
    assert liveness.fault(end_s) is None
    assert "muted" in str(liveness.fault(hear(liveness, ZEROS, end_s, 1.5)))


def test_behind_a_noise_gate_exact_silence_is_none() -> None:
    liveness = Liveness(may_be_zeros=True)
    assert liveness.fault(hear(liveness, ZEROS, 0.0, 10.0)) == ""


def test_what_was_lost_stays_so_until_sound_comes() -> None:
    liveness = Liveness()
    hear(liveness, NOISE, 0.0, 1.0)
    liveness.lost("unplugged.")
    liveness.begins()
    assert liveness.fault(50.0) == "unplugged."
    hear(liveness, NOISE, 60.0, BLOCK_S)
    assert liveness.fault(60.1) == ""


@pytest.mark.parametrize(("gap_s", "starts"), [(0.1, [0.0, 0.032, 0.064]), (1.0, [0.0, 1.048])])
def test_a_gap_begins_a_new_block_at_its_own_time(gap_s: float, starts: list[float]) -> None:
    half = np.ones(768, np.int16)  # a block and a half
    pieces = [Piece(half, 0.0, 16000, 1), Piece(half, 0.048 + gap_s, 16000, 1)]
    assert [block.start_s for block in as_blocks(pieces)] == pytest.approx(starts)


def test_another_format_in_the_middle() -> None:
    pieces = [
        Piece(np.full(1024, 100, np.int16), 0.0, 16000, 1),
        Piece(np.full(2 * 4800, 100, np.int16), 0.064, 48000, 2),
    ]
    blocks = list(as_blocks(pieces))
    assert len(blocks) == 2 + 3
    assert blocks[-1].samples[200] == pytest.approx(100, abs=2)
