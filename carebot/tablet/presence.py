"""Whose pages are open now: those whom an alert reaches on a tablet."""

from __future__ import annotations

from collections.abc import Hashable


class Presence:
    """Names of open pages; the same person may have several."""

    def __init__(self) -> None:
        self._pages: dict[Hashable, str] = {}

    def came(self, page: Hashable, name: str) -> None:
        self._pages[page] = name

    def left(self, page: Hashable) -> None:
        self._pages.pop(page, None)

    def names(self) -> set[str]:
        return set(self._pages.values())
