"""Schedule: what is due today and this week, the entries that say so, and the days that are left out."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from nicegui import html, ui

from carebot.tablet import timetable_words as words
from carebot.tablet.access import Visitor
from carebot.tablet.caring import CareView, OccurrenceView
from carebot.tablet.due_words import routine_of, whom
from carebot.tablet.elements import add_scripts
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.schedule_forms import ScheduleForms
from carebot.tablet.services import Services
from carebot.tablet.timetable_words import DayLine

SIGNS = {"planned": "▷", "paused": "‖", "run": "✓", "run_late": "✓", "missed": "✕", "missed_tell": "✕"}
DAYS = {"day": 1, "week": 7}
LOOK_EVERY_S = 0.5
FARTHEST_DAYS = 400


class SchedulePage:
    """Days follow the schedule and the minute, forms the schedule; what somebody types into one stays."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, version: str) -> None:
        self._services, self._texts = services, texts
        asked = ui.context.client.request.query_params
        self._view = "day" if asked.get("view") == "day" else "week"
        self._day = _day(asked.get("day", ""))
        self._looked: object = None
        self._drawn: object = None
        self._forms = ScheduleForms(texts, services.may_here(visitor, Scope.SCHEDULE_WRITE), services.taken_out)
        with html.div().classes("single forms"):
            with html.section().classes("panel"):
                html.h2(texts("schedule_plan"))
                self._days = LivingHtml()
            with html.section().classes("panel"):
                html.h2(texts("schedule_entries"))
                self._entries = LivingHtml()
            with html.section().classes("panel"):
                html.h2(texts("schedule_pauses"))
                self._pauses = LivingHtml()
        add_scripts(version)
        ui.timer(LOOK_EVERY_S, self._look, immediate=True)

    def show(self, _view: RobotView) -> None:
        """Show the entries and pauses as they hold now."""
        care = self._services.care()
        drawn = (care.schedule.revision, care.schedule.fault, care.offers, len(care.schedule.entries))
        if drawn != self._drawn:
            self._drawn = drawn
            self._entries.set_content(self._forms.entries(care))
            self._pauses.set_content(self._forms.pauses(care))

    async def _look(self) -> None:
        care = self._services.care()
        state = (care.schedule.revision, care.is_silent, len(care.schedule.entries), int(time.time() // 60))
        if state == self._looked:
            return
        self._looked = state
        zone = care.schedule.time_zone
        first = self._day or datetime.fromtimestamp(self._services.books.now_s(), ZoneInfo(zone)).date()
        found = None
        if not care.is_silent and self._services.caring is not None:
            found = await self._services.caring.look_ahead(*words.bounds(first, DAYS[self._view], zone))
        if found is None:
            self._looked = None  # it is asked again
        self._days.set_content(self._ways(first) + self._plan(care, first, found))

    def _plan(self, care: CareView, first: date, found: tuple[tuple[OccurrenceView, ...], bool] | None) -> str:
        if found is None:
            return f'<p class="problem">{escape(self._texts("care_silent"))}</p>'
        days = words.by_day(found[0], first, DAYS[self._view], care.schedule.time_zone)
        cut = "" if found[1] else f'<p class="problem">{escape(self._texts("schedule_cut"))}</p>'
        content = "".join(self._one_day(day, lines, care) for day, lines in days.items())
        return f'{cut}<div class="days of-{self._view}">{content}</div>'

    def _ways(self, first: date) -> str:
        t, step = self._texts, timedelta(DAYS[self._view])
        other = "day" if self._view == "week" else "week"
        ways = [
            (self._view, first - step, t(f"{self._view}_before")),
            (self._view, None, t("today")),
            (self._view, first + step, t(f"{self._view}_after")),
            (other, first, t(f"view_{other}")),
        ]
        return (
            f'<nav class="ways" aria-label="{escape(t("schedule_plan"))}">{"".join(_way(*each) for each in ways)}</nav>'
        )

    def _one_day(self, day: date, lines: list[DayLine], care: CareView) -> str:
        zone = care.schedule.time_zone
        is_today = day == datetime.fromtimestamp(self._services.books.now_s(), ZoneInfo(zone)).date()
        today = f" · {escape(self._texts('today'))}" if is_today else ""
        content = "".join(self._line(each, care) for each in lines)
        nothing = f'<p class="soft">{escape(self._texts("nothing_due"))}</p>'
        return (
            f'<section class="day{" today" if is_today else ""}">'
            f"<h3>{escape(words.date_words(day, self._texts))}{today}</h3>"
            f"{f'<ul>{content}</ul>' if content else nothing}</section>"
        )

    def _line(self, line: DayLine, care: CareView) -> str:
        first, zone, t = line.first, care.schedule.time_zone, self._texts
        name, told = routine_of(first, care, t), whom(first, care, t)
        about = f' <span class="soft">{escape(told)}</span>' if told else ""
        at = words.clock_words(first.due_at_s, zone)
        state = t.with_why(t(f"verdict_{first.verdict}"), first.why)
        if line.times > 1:
            at = t("due_often", begin=at, end=words.clock_words(line.last.due_at_s, zone))
            state += f" · {t('due_times', times=line.times)}"
        return (
            f'<li class="due is-{escape(first.verdict)}">'
            f'<span class="sign" aria-hidden="true">{SIGNS.get(first.verdict, "▷")}</span>'
            f"<div><strong>{escape(at)}</strong> {escape(name)}{about}"
            f'<p class="soft">{escape(state)}</p></div></li>'
        )


def _way(view: str, day: date | None, label: str) -> str:
    at = f"&day={day.isoformat()}" if day is not None else ""
    return f'<a class="button plain link-button" href="/schedule?view={view}{at}">{escape(label)}</a>'


def _day(written: str) -> date | None:
    """The day that is asked for; None (today) for none, or one that is far from now."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        return None
    return day if abs((day - datetime.now(ZoneInfo("UTC")).date()).days) <= FARTHEST_DAYS else None
