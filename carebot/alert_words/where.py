"""Where it is that somebody needs help, in the reader's language: the room they were seen in, or called from."""

from __future__ import annotations

from collections.abc import Mapping

from carebot.alerts import Alert
from carebot.site.file import Site
from carebot.site.places import Room
from carebot.site.values import Language

HEARD: Mapping[Language, str] = {
    "en": "{room} (heard there)",
    "ja": "{room}（声が聞こえた場所）",
    "fr": "{room} (appel entendu là)",
}


def room_of(alert: Alert, site: Site) -> Room | None:
    """The room in which the person was seen, else in which the robot heard them; None where not known."""
    return None if alert.known_at_m is None else site.room_at(*alert.known_at_m)


def where_in(alert: Alert, site: Site, language: Language) -> str:
    """That room in words, which say so where nobody was seen there; empty where it is not known."""
    room = room_of(alert, site)
    if room is None:
        return ""
    name = room.spoken(language)
    return name if alert.place_m is not None else HEARD[language].format(room=name)
