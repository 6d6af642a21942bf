"""Ids of tests are plain words: mutation testing may not find others, and takes that for the death of a mutant."""

from __future__ import annotations

import re


def pytest_make_parametrize_id(val: object, argname: str) -> str:
    """The value where it is a plain word, else the argument's name; pytest adds numbers."""
    return str(val) if re.fullmatch(r"[A-Za-z0-9]{1,20}", str(val)) else argname
