"""schemathesis against the real server: no 5xx, and every answer as the description of the API says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tablet.fuzz_api import fuzzed

EXAMPLES = 10


@pytest.mark.slow
def test_whatever_is_sent_the_api_answers_as_it_says(tmp_path: Path):
    code, told = fuzzed(tmp_path, EXAMPLES, "--seed", "1")
    assert code == 0, told[-8000:]
