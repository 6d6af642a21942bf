"""What became of the steps of one run: kept on disk step by step, and what a run is taken up from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAID = "@said"
"""How named steps ended, for conditions and texts."""
PLACE = "@place"
"""Where the robot was brought last."""
FOUND = "@found"
"""In which room somebody was found last."""
COUNTED = "@counted"
"""How many repetitions were counted last."""
CLOCK = "@clock"
"""For how long the run has run, and when that was noted."""
APPROVAL = "@approval"
WAITED = "@waited"
"""That what is told while it waits was told."""
ENDING = "@ending"
"""Why the run is over before its end, and what is still to be told."""
FILE = "@file"
LEAVE = "@leave"
"""That a caregiver has to agree, though the file itself does not ask for it; and to what."""


class Journal:
    """Entries by key; what was changed since the last commit is `dirty`."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._entries = {key: dict(content) for key, content in entries.items()}
        self.dirty: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> Mapping[str, Any]:
        """What is known of it; empty where nothing is."""
        return self._entries.get(key, {})

    def put(self, key: str, **content: Any) -> None:
        """Add to what is known of it."""
        entry = {**self._entries.get(key, {}), **content}
        self._entries[key] = self.dirty[key] = entry

    def remember(self, key: str, **content: Any) -> None:
        """As `put`, but only in memory until something else of it is put."""
        self._entries[key] = {**self._entries.get(key, {}), **content}

    def replace(self, key: str, content: Mapping[str, Any]) -> None:
        """Put `content` in the place of what was known."""
        self._entries[key] = self.dirty[key] = dict(content)

    def is_on_disk(self, key: str) -> bool:
        return key not in self.dirty
