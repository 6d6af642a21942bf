"""For mutation testing: ids of tests are plain words, since it may not find others and takes that for the death of a
mutant; and rules are read anew in each run."""

from __future__ import annotations

import re

import pytest

from carebot.conversation.leash.checks import rules_of


def pytest_make_parametrize_id(val: object, argname: str) -> str:
    """The value where it is a plain word, else the argument's name; pytest adds numbers."""
    return str(val) if re.fullmatch(r"[A-Za-z0-9]{1,20}", str(val)) else argname


@pytest.fixture(scope="session", autouse=True)
def _rules_are_read_anew() -> None:
    rules_of.cache_clear()
