"""The robot's health: what every part says of itself, how old that is, and on what it computes."""

from __future__ import annotations

from nicegui import html

from carebot.tablet.access import Visitor
from carebot.tablet.api_robot import all_parts
from carebot.tablet.elements import StatePanel, set_text
from carebot.tablet.language import Texts
from carebot.tablet.part_words import part_words
from carebot.tablet.rights import Scope
from carebot.tablet.robot import Part, RobotView
from carebot.tablet.services import Services
from carebot.tablet.traces_panel import TracesPanel

SIGNS = {"ok": "✓", "warn": "!", "error": "✕", "stale": "?"}
LOG_LENGTH = 100


class HealthPage:
    """Drawn anew only where a part came, went, or says something else; ages are told each second."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts = services, texts
        self._shown: tuple[object, ...] = ()
        self._levels: dict[str, str] = {}
        self._ages: dict[str, html.span] = {}
        self._log_lines = 0
        with html.div().classes("single"):
            self._state = StatePanel(texts)
            with html.section().classes("panel"):
                html.h2(texts("parts"))
                self._parts = html.ul().classes("parts")
            with html.section().classes("panel"):
                html.h2(texts("what_changed"))
                self._log = html.ol().classes("log").props('aria-live="polite"')
                with self._log:
                    self._log_empty = html.li(texts("nothing_changed")).classes("soft")
            traces = services.traces if visitor.may(Scope.TRACES_READ) else None
            self._traces = None if traces is None else TracesPanel(traces, texts)

    def show(self, view: RobotView) -> None:
        """Show the parts as they are now."""
        self._state.show(view)
        if self._traces is not None:
            self._traces.show()
        parts = all_parts(self._services, view)
        content = tuple((part.name, part.level, part.message, tuple(part.values.items())) for part in parts)
        if content != self._shown:
            self._shown = content
            self._note_changes(parts)
            self._draw_parts(parts)
        for part in parts:
            age = self._texts("unknown") if part.age_s > 1e6 else self._texts("ago_s", value=f"{part.age_s:.0f}")
            set_text(self._ages[part.name], age)

    def _draw_parts(self, parts: list[Part]) -> None:
        self._parts.clear()
        self._ages = {}
        with self._parts:
            for part in parts:
                self._draw_part(part)

    def _draw_part(self, part: Part) -> None:
        with html.li().classes(f"part {part.level}"):
            html.span(SIGNS.get(part.level, "?")).classes("sign").props('aria-hidden="true"')
            with html.div():
                html.strong(part_words(part, self._texts))
                html.span(self._texts(f"level_{part.level}")).classes("level")
                values = " · ".join(f"{key}: {value}" for key, value in part.values.items())
                for text, classes in ((part.message, ""), (part.name, "soft"), (values, "soft")):
                    if text:
                        html.p(text).classes(classes).props('lang="en"')
            self._ages[part.name] = html.span().classes("age soft")

    def _note_changes(self, parts: list[Part]) -> None:
        levels = {part.name: part.level for part in parts}
        for part in parts:
            before = self._levels.get(part.name)
            if before is not None and before != part.level:
                self._write(part)
        self._levels = levels

    def _write(self, part: Part) -> None:
        self._log_empty.set_visibility(False)
        with self._log:
            with html.li() as line:
                moment = html.time()
                moment.props["data-at"] = f"{self._services.books.now_s() - part.age_s:.3f}"
                words = part_words(part, self._texts), self._texts(f"level_{part.level}")
                html.span(f" {self._texts('part_is', part=words[0], level=words[1])} ")
                html.span(part.message).props('lang="en"')
            line.move(target_index=0)
        self._log_lines += 1
        if self._log_lines > LOG_LENGTH:
            self._log_lines -= 1
            self._log.remove(len(self._log.default_slot.children) - 2)
