"""Where on the map people were seen: now, and last. Points of the floor, to half a metre or so; never pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carebot.site.file import Site

SEEN_S = 2.0
"""Somebody is where they were seen so long ago."""

FADES_S = 30.0
"""After this nobody is looked for where they were seen; the newest sighting alone is remembered."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody at a point of the map, seen there at `at_s` (seconds since 1970 UTC); `confidence` is 0..1."""

    x_m: float
    y_m: float
    at_s: float
    confidence: float = 0.0


class Sightings:
    """Remembers where each was seen last; nobody where the home's consent lets no camera look, or beside all rooms."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[int, Sighting] = {}
        self._newest: Sighting | None = None

    def see(self, seen: Mapping[int, Sighting]) -> None:
        """Take note of who is seen in one picture, by track_id."""
        shown = {track_id: each for track_id, each in seen.items() if self._may_show(each)}
        self._known |= shown
        if shown:
            self._newest = max(shown.values(), key=lambda each: each.confidence)

    def known(self, now_s: float) -> tuple[Sighting, ...]:
        """Those of the last `FADES_S`, and the newest however old it is; the newest first, the surest before others."""
        self._known = {track_id: each for track_id, each in self._known.items() if now_s - each.at_s < FADES_S}
        if not self._known:
            return () if self._newest is None else (self._newest,)
        return tuple(sorted(self._known.values(), key=lambda each: (-each.at_s, -each.confidence)))

    def _may_show(self, each: Sighting) -> bool:
        room = self._site.room_at(each.x_m, each.y_m)
        return room is not None and room.consent.camera
