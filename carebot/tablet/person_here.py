"""A resident as pages name them: with how the name is read above it, where somebody has said so."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody whom this robot is there for. `reading` is how the name is read (furigana); it may be empty."""

    name: str
    room: str = ""
    reading: str = ""

    def in_html(self) -> str:
        """The name with its reading above it; browsers that cannot do so put it in brackets behind."""
        name, reading = escape(self.name), escape(self.reading)
        if reading in ("", name):
            return name
        return f"<ruby>{name}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>"
