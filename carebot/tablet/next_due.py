"""What is due next, on the home page."""

from __future__ import annotations

import time
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from nicegui import html, ui

from carebot.tablet import timetable_words as words
from carebot.tablet.caring import CareView, CaringRobot, OccurrenceView
from carebot.tablet.due_words import routine_of, whom
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml
from carebot.tablet.services import Services

LOOK_EVERY_S = 1.0
WITHIN_S = 86_400.0
MOST = 3


class NextDue:
    """A panel with the next `MOST` things within a day; it follows the schedule and the minute."""

    def __init__(self, services: Services, caring: CaringRobot, texts: Texts) -> None:
        self._services, self._caring, self._texts = services, caring, texts
        self._looked: object = None
        with html.section().classes("panel"):
            html.h2(texts("due_next"))
            self._lines = LivingHtml()
        ui.timer(LOOK_EVERY_S, self._look, immediate=True)

    async def _look(self) -> None:
        care = self._services.care()
        state = (care.schedule.revision, care.is_silent, int(time.time() // 60))
        if state == self._looked:
            return
        now_s = self._services.books.now_s()
        found = None if care.is_silent else await self._caring.look_ahead(now_s, now_s + WITHIN_S)
        self._looked = None if found is None else state  # what was not told is asked for again
        self._lines.set_content(self._content(care, found, now_s))

    def _content(self, care: CareView, found: tuple[tuple[OccurrenceView, ...], bool] | None, now_s: float) -> str:
        if found is None:
            return f'<p class="problem">{escape(self._texts("care_silent"))}</p>'
        due = sorted((each for each in found[0] if each.verdict == "planned"), key=lambda each: each.due_at_s)
        lines = "".join(f"<li>{self._line(each, care, now_s)}</li>" for each in due[:MOST])
        return (
            f'<ul class="next-due">{lines}</ul>'
            if lines
            else f'<p class="soft">{escape(self._texts("nothing_due"))}</p>'
        )

    def _line(self, due: OccurrenceView, care: CareView, now_s: float) -> str:
        zone = ZoneInfo(care.schedule.time_zone)
        day, today = (datetime.fromtimestamp(at_s, zone).date() for at_s in (due.due_at_s, now_s))
        at = words.clock_words(due.due_at_s, care.schedule.time_zone)
        when = at if day == today else f"{words.date_words(day, self._texts)} {at}"
        told = whom(due, care, self._texts)
        about = f' <span class="soft">{escape(told)}</span>' if told else ""
        return f"<strong>{escape(when)}</strong> {escape(routine_of(due, care, self._texts))}{about}"
