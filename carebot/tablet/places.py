"""The pages there are, who may open which, and the dock that leads to them, with the emergency stop beside it.

The dock is plain HTML in the document's body, outside of what NiceGUI draws: it is there, and works, without it.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

from carebot.tablet.access import Visitor, sees_activity
from carebot.tablet.language import Texts
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services

Opens = Callable[[Services, Visitor], bool]


@dataclass(frozen=True, slots=True)
class Place:
    """One page: its address, the key of its name, the path of its icon (24 by 24), and who may open it."""

    path: str
    name: str
    icon: str
    opens: Opens


def _may(scope: Scope) -> Opens:
    return lambda _, visitor: visitor.may(scope)


def _may_here(scope: Scope) -> Opens:
    return lambda services, visitor: services.may_here(visitor, scope)


def _sees_history(services: Services, visitor: Visitor) -> bool:
    return sees_activity(visitor, services.residents_here())


HOME = Place("/", "place_home", "M3 11 12 3l9 8v10h-6v-6H9v6H3z", lambda _, __: True)
ROUTINES = Place(
    "/routines",
    "place_routines",
    "M9 2h6v3h5v17H4V5h5zm-1 8v2h8v-2zm0 5v2h8v-2z",
    _may_here(Scope.ROUTINES_RUN),
)
SCHEDULE = Place(
    "/schedule",
    "place_schedule",
    "M6 2h2v2h8V2h2v2h3v18H3V4h3zM5 10v10h14V10zm3 3h3v3H8z",
    _may_here(Scope.SCHEDULE_READ),
)
TALK = Place(
    "/talk",
    "place_talk",
    "M3 3h18v13H11l-6 5v-5H3zm4 4v2h10V7zm0 4v2h7v-2z",
    _may_here(Scope.TALK),
)
DRIVE = Place(
    "/drive",
    "place_drive",
    "M12 2l4 5h-3v4h4V8l5 4-5 4v-3h-4v4h3l-4 5-4-5h3v-4H7v3l-5-4 5-4v3h4V7H8z",
    _may_here(Scope.ROBOTS_DRIVE),
)
HISTORY = Place("/history", "place_history", "M4 20V10h4v10zm6 0V4h4v16zm6 0v-7h4v7z", _sees_history)
HEALTH = Place(
    "/health-of-the-robot",
    "place_health",
    "M2 13h5l2-5 4 10 3-8 1.5 3H22v-2h-3l-3-6-3 8-4-9-3 7H2z",
    _may(Scope.HEALTH_READ),
)
SETTINGS = Place(
    "/settings",
    "place_settings",
    "M4 6h9v2H4zm13 0h3v2h-3zM13 4h4v6h-4zM4 16h3v2H4zm7 0h9v2h-9zm-4-2h4v6H7z",
    lambda _, __: True,
)
PLACES = (HOME, ROUTINES, SCHEDULE, TALK, DRIVE, HISTORY, HEALTH, SETTINGS)
FIRST = (HOME, ROUTINES, TALK, DRIVE)
"""On a narrow screen the others are one touch farther away."""


def dock(services: Services, visitor: Visitor, texts: Texts, here: Place) -> str:
    """The way to the other pages, and the emergency stop; the same on every page."""
    open_to_them = [place for place in PLACES if place.opens(services, visitor)]
    links = "".join(_link(place, texts, here, "" if place in FIRST else "wide") for place in open_to_them)
    rest = "".join(_link(place, texts, here) for place in open_to_them if place not in FIRST)
    t = {
        key: html.escape(texts(key))
        for key in ("pages", "more_pages", "stop", "stop_explain", "release", "release_short")
    }
    release = (
        f'<button type="button" id="release" class="button">{t["release_short"]}</button>'
        if services.may_here(visitor, Scope.ROBOTS_DRIVE)
        else ""
    )
    return f"""<div class="stop-state" id="stop-state" hidden><p role="status"></p>{release}</div>
    <div class="dock"><nav aria-label="{t["pages"]}">{links}{_more(rest, t["more_pages"], here)}</nav>
    <button type="button" id="emergency-stop" aria-label="{t["stop_explain"]}"><span>{t["stop"]}</span></button></div>
    {_release_dialog(texts)}"""


def _more(links: str, label: str, here: Place) -> str:
    current = "" if here in FIRST else " here"
    dots = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 10h4v4H4zm6 0h4v4h-4zm6 0h4v4h-4z"/></svg>'
    return f'<details class="more{current}"><summary>{dots}<span>{label}</span></summary><div>{links}</div></details>'


def _link(place: Place, texts: Texts, here: Place, classes: str = "") -> str:
    current = ' aria-current="page"' if place is here else ""
    return (
        f'<a class="{classes}" href="{place.path}"{current}>'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{place.icon}"/></svg>'
        f"<span>{html.escape(texts(place.name))}</span></a>"
    )


def _release_dialog(texts: Texts) -> str:
    t = {
        key: html.escape(texts(key)) for key in ("release", "release_explain", "release_reason", "release_yes", "back")
    }
    return f"""<dialog id="release-dialog" class="sheet" aria-labelledby="release-title"><form method="dialog">
    <h2 id="release-title">{t["release"]}</h2><p>{t["release_explain"]}</p>
    <label for="release-reason">{t["release_reason"]}</label>
    <input id="release-reason" maxlength="500" autocomplete="off">
    <p id="release-problem" role="alert"></p>
    <div class="buttons"><button class="button plain" value="back" formnovalidate>{t["back"]}</button>
    <button class="button coming" id="release-yes" type="button">{t["release_yes"]}</button></div></form></dialog>"""
