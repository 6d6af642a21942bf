"""What a lock screen shows: that there is an alarm or a message, and in which room. Never what happened, nor to whom by
default."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum

from carebot.alerts import Alert, AlertState
from carebot.records.consent import Resident
from carebot.tablet.alert_card import calls
from carebot.tablet.language import Texts

MOST_ROOMS = 3


class Mood(str, Enum):
    """URGENT: a confirmed alert that nobody has answered; SOFT: look in, or take over; OVER: it calls no longer; NEWS:
    something to read that needs no answer."""

    URGENT = "urgent"
    SOFT = "soft"
    OVER = "over"
    NEWS = "news"


def mood_of(alert: Alert, name: str) -> Mood | None:
    """How the person of that name is told of it; None while it is only suspected, which a few seconds decide."""
    if not calls(alert, name):
        return Mood.OVER
    if alert.state is AlertState.SUSPECTED:
        return None
    return Mood.URGENT if alert.state is AlertState.CONFIRMED else Mood.SOFT


def notice(about: str, mood: Mood, residents: Iterable[Resident], robot: str, texts: Texts, names: bool) -> bytes:
    """The message for the service worker. `names`: whether the residents' names may be on lock screens."""
    where = _where(list(residents), robot, names)
    return _message(about, texts(f"push_{mood.value}"), where, mood, texts)


def trial(texts: Texts) -> bytes:
    """A message that only shows that messages come through."""
    return _message("trial", texts("push_trial"), texts("push_trial_body"), Mood.SOFT, texts)


def _message(about: str, title: str, body: str, mood: Mood, texts: Texts) -> bytes:
    said = {"about": about, "title": title, "body": body, "mood": mood.value, "lang": texts.language}
    return json.dumps(said, ensure_ascii=False).encode()


def _where(residents: list[Resident], robot: str, names: bool) -> str:
    if not 0 < len(residents) <= MOST_ROOMS:
        return robot
    return ", ".join(filter(None, (_place(each, names) for each in residents))) or robot


def _place(resident: Resident, names: bool) -> str:
    room = resident.room[:40]  # as people call it: "12", "201号室", "Chambre 12"
    return ", ".join(filter(None, (resident.name[:40], room))) if names else room
