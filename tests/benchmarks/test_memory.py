"""What leaks raises the least memory of a process; what comes and goes does not."""

from __future__ import annotations

import pytest

from carebot.benchmarks.memory import grown


@pytest.mark.parametrize(
    ("samples", "mb"),
    [
        ([], 0.0),
        ([400.0], 0.0),
        ([400.0, 470.0, 405.0, 470.0, 402.0, 470.0], 2.0),
        ([400.0, 410.0, 420.0, 430.0], 20.0),
        ([470.0, 400.0, 400.0, 470.0], 0.0),
    ],
)
def test_memory_has_grown_by_its_least(samples: list[float], mb: float) -> None:
    assert grown(samples) == mb
