"""Names and words from elsewhere, as they may stand in lists, logs and records."""

from __future__ import annotations

LONGEST_NAME = 200


def printable(text: str) -> str:
    """Without invisible signs, and without space around it."""
    return "".join(sign for sign in text if sign.isprintable()).strip()


def in_utf8(text: str) -> str:
    """With the bytes of a file's name that are no UTF-8 as \\xff; as they come from Python, nothing can write them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def printable_name(text: str) -> str:
    """The same, short enough for a list; empty where nothing is left."""
    return printable(text)[:LONGEST_NAME]
