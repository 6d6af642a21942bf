"""Drive: the joystick with its dead-man, what the safety judge lets pass and why not more, and the live figures.

The browser's own script drives over `/api/v1/teleop`; this page only draws the places it writes to.
"""

from __future__ import annotations

import json

from nicegui import html, ui

from carebot.tablet.access import Visitor
from carebot.tablet.elements import set_text
from carebot.tablet.language import Texts
from carebot.tablet.look_panel import draw_look
from carebot.tablet.map_panel import MapPanel
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

_WORDS = (
    "drive_hold",
    "drive_take",
    "drive_yours",
    "drive_other",
    "drive_silent",
    "drive_free",
    "drive_cut",
    "drive_no_wheels",
    "drive_limit",
)


class DrivePage:
    """The stick, and beside it what the robot sees."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, version: str) -> None:
        self._texts, self._glances = texts, services.glances
        self._shown: object = None
        words = json.dumps({key: texts(key, **_values(key)) for key in _WORDS}, ensure_ascii=False)
        with html.div().classes("driving") as root:
            root.props["data-words"] = words
            self._map = None if services.going is None else MapPanel(services, services.going, texts, visitor)
            with html.section().classes("panel"):
                html.h2(texts("drive_limit_title"))
                self._draw_limit()
                self._draw_stick()
            if services.may_here(visitor, Scope.PEOPLE_READ):
                self._draw_scene()
            if services.looks is not None and visitor.may(Scope.CAMERA_LOOK):
                draw_look(texts, visitor, version)
        ui.add_body_html(f'<script src="/static/drive.js?v={version}" defer></script>')

    def show(self, view: RobotView) -> None:
        """Show where the robot and people are, and what it sees now."""
        if self._map is not None:
            self._map.show(view.sightings)
        people = None if view.is_blind else view.people
        seen = None if people is None else people.time_s
        if not hasattr(self, "_live") or seen == self._shown:
            return
        self._shown = seen
        self._live.set_content("" if people is None else self._glances.figures(people, view.tracks))
        nobody = "" if people is not None and people.people else self._texts("nobody")
        set_text(self._scene_text, self._texts("blind") if people is None else nobody)

    def _draw_limit(self) -> None:
        """Filled by the script: the limit in numbers, a bar of the speed, the reasons in words."""
        html.p().classes("drive-limit").props('data-drive="limit"')
        with html.div().classes("speed").props('aria-hidden="true" data-drive="speed"'):
            html.span().classes("allowed")
            html.span().classes("real")
        html.ul().classes("drive-reasons").props('data-drive="reasons" aria-live="polite"')

    def _draw_stick(self) -> None:
        html.p(self._texts("drive_take")).classes("drive-state").props('data-drive="state" role="status"')
        with html.div().classes("stick-row"):
            stick = html.div().classes("stick")
            stick.props('data-drive="stick" role="application" tabindex="0"')
            stick.props["aria-label"], stick.props["aria-describedby"] = self._texts("drive_stick"), "stick-help"
            with stick:
                html.span().classes("knob").props('aria-hidden="true"')
        html.p(self._texts("drive_help")).classes("soft").props('id="stick-help"')

    def _draw_scene(self) -> None:
        with html.section().classes("panel live"):
            html.h2(self._texts("live_view"))
            with html.div().classes("scene"):
                self._live = ui.html("", sanitize=False).classes("figures")
                self._scene_text = html.p().classes("scene-text")


def _values(key: str) -> dict[str, str]:
    """The script fills these in itself."""
    return {"drive_other": {"name": "{name}"}, "drive_limit": {"speed": "{speed}", "real": "{real}"}}.get(key, {})
