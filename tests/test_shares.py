from __future__ import annotations

import pytest

from carebot.shares import wilson


def test_wilson_interval_fits_published_figures() -> None:
    # R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I: 81/263, 15/148, 0/20.
    for hits, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        share = wilson(hits, of)
        assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
