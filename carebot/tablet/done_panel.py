"""The part of History that shows medicines on the plan and exercises, in bars and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import cycle

from nicegui import html, ui

from carebot.records.notices import last_days
from carebot.tablet import charts
from carebot.tablet.caring import CaringRobot
from carebot.tablet.language import Texts
from carebot.tablet.looking_back import LookedBack, MedicineDue
from carebot.tablet.services import Services
from carebot.tablet.timetable_words import date_words, short_date

DAYS = 14
BECAME = {
    "taken": (charts.GREEN, "none"),
    "late": (charts.BLUE, "rect"),
    "missed": (charts.AMBER, "triangle"),
    "left_out": (charts.GREY, "circle"),
    "open": (charts.GREY, "none"),
    "not_known": (charts.GREY, "diamond"),
}
"""How each is drawn: its colour, and a pattern for whoever does not tell colours apart."""
MOVEMENTS = ((charts.GREEN, "none"), (charts.BLUE, "rect"), (charts.AMBER, "triangle"))


class DonePanel:
    """Asked of care once, when the page opens; a reload shows what is new."""

    def __init__(self, services: Services, caring: CaringRobot, texts: Texts) -> None:
        self._services, self._caring, self._texts = services, caring, texts
        with html.section().classes("panel"):
            html.h2(texts("medicine_days"))
            html.p(texts("medicine_explain")).classes("soft")
            self._medicines = html.div()
        with html.section().classes("panel"):
            html.h2(texts("exercise_days"))
            self._exercises = html.div()
        ui.timer(0.0, self._fill, once=True)

    async def _fill(self) -> None:
        now_s = self._services.books.now_s()
        found = await self._caring.look_back(first_second(last_days(now_s, DAYS)[0]), now_s)
        with self._medicines:
            self._draw(found, "medicine_none", self._draw_medicines)
        with self._exercises:
            self._draw(found, "exercise_none", self._draw_exercises)

    def _draw(self, found: LookedBack | None, nothing: str, draw: Callable[[LookedBack], bool]) -> None:
        if found is None:
            html.p(self._texts("care_silent")).classes("problem")
        elif not draw(found):
            html.p(self._texts(nothing)).classes("soft")

    def _draw_medicines(self, found: LookedBack) -> bool:
        if not found.medicines:
            return False
        counts = Counter((each.became, each.day) for each in found.medicines)
        known = {became for became, _ in counts}
        series = [
            self._bars(self._texts(f"became_{became}"), became, counts, *style)
            for became, style in BECAME.items()
            if became in known
        ]
        rows = [(each.day, each.due, self._became(each), each.medicine, each.resident) for each in found.medicines]
        self._show("medicine_days", series, ("column_due", "column_became", "column_medicine", "column_who"), rows)
        return True

    def _became(self, each: MedicineDue) -> str:
        words = self._texts(f"became_{each.became}") if each.became in BECAME else each.became
        if each.became in ("taken", "late") and each.at:
            return self._texts("became_at", words=words, time=each.at)
        if each.became == "left_out" and each.why:
            return self._texts("became_why", words=words, why=each.why)
        return words

    def _draw_exercises(self, found: LookedBack) -> bool:
        if not found.exercises:
            return False
        counts: Counter[tuple[str, str]] = Counter()
        for each in found.exercises:
            counts[each.movement, each.day] += each.times
        styles = zip(dict.fromkeys(each.movement for each in found.exercises), cycle(MOVEMENTS), strict=False)
        series = [self._bars(self._movement(name), name, counts, *style) for name, style in styles]
        rows = [
            (each.day, each.at, self._movement(each.movement), str(each.times), each.resident)
            for each in found.exercises
        ]
        self._show("exercise_days", series, ("column_time", "column_movement", "column_times", "column_who"), rows)
        return True

    def _movement(self, name: str) -> str:
        return self._texts.sentence(f"movement_{name}", {}) or name

    def _bars(
        self, name: str, key: str, counts: Counter[tuple[str, str]], colour: str, pattern: str
    ) -> dict[str, object]:
        style = {"color": colour, "decal": {"symbol": pattern, "color": "rgba(0,0,0,.25)"}}
        data = [counts[key, day] for day in self._days()]
        return {"name": name, "type": "bar", "stack": "day", "data": data, "itemStyle": style}

    def _days(self) -> list[str]:
        return last_days(self._services.books.now_s(), DAYS)

    def _show(
        self, name: str, series: Sequence[dict[str, object]], columns: Sequence[str], rows: Iterable[Sequence[str]]
    ) -> None:
        charts.draw_chart(
            {
                "grid": {"left": 8, "right": 8, "top": 24, "bottom": 56, "containLabel": True},
                "xAxis": charts.axis(
                    "category", data=[short_date(day, self._texts) for day in self._days()], splitLine={"show": False}
                ),
                "yAxis": charts.axis("value", minInterval=1),
                "series": series,
            }
        )
        with html.details():
            html.summary(self._texts("as_table"))
            with html.div().classes("wide").props('tabindex="0" role="region"') as region, html.table():
                region.props["aria-label"] = self._texts(name)
                with html.thead(), html.tr():
                    for key in ("column_day", *columns):
                        html.th(self._texts(key)).props('scope="col"')
                with html.tbody():
                    for row in reversed(list(rows)):
                        self._draw_row(*row)

    def _draw_row(self, day: str, *words: str) -> None:
        with html.tr():
            html.th(date_words(date.fromisoformat(day), self._texts)).props('scope="row"')
            for each in words:
                html.td(each)


def first_second(day: str) -> float:
    """When that day began, in the robot's time zone."""
    return datetime.fromisoformat(day).astimezone().timestamp()
