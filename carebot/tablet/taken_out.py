"""What caregivers took out a moment ago: whoever was changing it finds it again, with what they have typed."""

from __future__ import annotations

import time
from collections.abc import Container
from dataclasses import replace

from carebot.tablet.caring import ScheduleLine

KEPT_S = 15 * 60
"""As long as the browser keeps what was typed (drafts.js)."""
MOST = 100


class TakenOut:
    """In memory alone: it is about forms that are open now."""

    def __init__(self) -> None:
        self._lines: dict[str, ScheduleLine] = {}
        self._contacts: dict[str, str] = {}

    def note_entry(self, line: ScheduleLine, by: str) -> None:
        """Somebody takes an entry of the schedule out."""
        gone = replace(line, is_in_file=False, is_removed=True, changed_by=by, changed_at_s=time.time())
        self._lines = dict([*self._lines.items(), (line.id, gone)][-MOST:])

    def forget_entry(self, line_id: str) -> None:
        """It stays after all."""
        self._lines.pop(line_id, None)

    def entries(self, known: Container[str]) -> list[ScheduleLine]:
        """Those that were taken out lately, but for `known` ones, which are there or stand in the site file."""
        since_s = time.time() - KEPT_S
        return [line for key, line in self._lines.items() if key not in known and line.changed_at_s > since_s]

    def note_contact(self, contact_id: str, by: str) -> None:
        """Somebody has taken a contact out."""
        self._contacts = dict([*self._contacts.items(), (contact_id, by)][-MOST:])

    def contact_by(self, contact_id: str) -> str:
        """Who took that contact out; empty where that is not known."""
        return self._contacts.get(contact_id, "")
