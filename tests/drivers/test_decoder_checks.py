"""The checks of the fuzz run, on what hypothesis thinks of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drivers.registry import controllers
from tests.drivers.decoder_checks import CHECKS, TARGETS


def test_every_protocol_is_fuzzed() -> None:
    assert set(TARGETS) == set(controllers())


@pytest.mark.parametrize(("check", "name"), CHECKS, ids=lambda value: getattr(value, "__name__", value))
@given(data=st.binary(max_size=600), step=st.integers(1, 64))
def test_any_bytes(check: Callable[[str, bytes, int], None], name: str, data: bytes, step: int) -> None:
    check(name, data, step)
