"""History: the days in bars, the alerts and what was noticed, and all of it as files for those who may take it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from nicegui import html

from carebot.alerts import Alert
from carebot.records.activity import Doing, Hour
from carebot.tablet import charts
from carebot.tablet.access import Visitor
from carebot.tablet.alert_card import SIGNS, look_of, title_of
from carebot.tablet.done_panel import DonePanel
from carebot.tablet.exchange import exchange_words
from carebot.tablet.language import Texts
from carebot.tablet.nights import whole_nights
from carebot.tablet.nights_panel import NIGHTS, draw_nights
from carebot.tablet.noticed_panel import draw_noticed
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

DAYS = 7
COLOURS = {Doing.LYING: charts.BLUE, Doing.SITTING: charts.AMBER, Doing.UP: charts.GREEN, Doing.UNSEEN: charts.GREY}
DECALS = {Doing.LYING: "rect", Doing.SITTING: "triangle", Doing.UP: "none", Doing.UNSEEN: "circle"}
EXPORTS = (
    "alerts.csv",
    "activity.csv",
    "nights.csv",
    "medicines.csv",
    "exercises.csv",
    "noticed.csv",
    "gait.csv",
    "fhir",
)


class HistoryPage:
    """The bars are drawn once: a reload shows the newest hour."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts = services, texts
        self._shown: tuple[Alert, ...] | None = None
        now_s = services.books.now_s()
        hours = services.books.activity.hours(services.robot_name, now_s - NIGHTS * 86400, now_s)
        with html.div().classes("single"):
            with html.section().classes("panel"):
                html.h2(texts("days"))
                self._draw_days([hour for hour in hours if hour.began_s > now_s - DAYS * 86400])
            draw_nights(whole_nights(hours, now_s - NIGHTS * 86400), texts)
            with html.section().classes("panel"):
                html.h2(texts("alerts"))
                self._list = html.ol().classes("parts")
            if services.caring is not None and services.may_here(visitor, Scope.SCHEDULE_READ):
                DonePanel(services, services.caring, texts)
            draw_noticed(services.notices(), texts, now_s)
            if visitor.may(Scope.HISTORY_EXPORT):
                self._draw_exports()

    def show(self, view: RobotView) -> None:
        """Show the alerts as they are now."""
        if view.alerts == self._shown:
            return
        self._shown = view.alerts
        self._list.clear()
        with self._list:
            for alert in view.alerts:
                self._draw_alert(alert)
            if not view.alerts:
                html.li(self._texts("no_alerts")).classes("soft")

    def _draw_alert(self, alert: Alert) -> None:
        with html.li().classes("part"):
            html.span(SIGNS[look_of(alert)]).classes("sign").props('aria-hidden="true"')
            with html.div():
                html.strong(title_of(alert, self._texts))
                html.p(self._texts.reason(alert))
                for exchange in alert.exchanges:
                    html.p(exchange_words(exchange, self._texts)).classes("soft")
                if alert.note:
                    html.p(alert.note).classes("soft")
            html.time().classes("age soft").props["data-at"] = f"{alert.raised_at_s:.3f}"

    def _draw_days(self, hours: list[Hour]) -> None:
        if not hours:
            html.p(self._texts("no_days")).classes("soft")
            return
        days = by_day(hours)
        labels = [self._texts("date_short", day=day.day, month=day.month) for day in days]
        names = {doing: self._texts(f"doing_{doing.value}") for doing in Doing}
        charts.draw_chart(_options(days, labels, names))
        self._draw_table(days, labels)

    def _draw_table(self, days: dict[datetime, Counter[Doing]], labels: list[str]) -> None:
        with html.details():
            html.summary(self._texts("as_table"))
            with html.div().classes("wide").props('tabindex="0" role="region"') as region, html.table():
                region.props["aria-label"] = self._texts("days")
                with html.thead(), html.tr():
                    html.td()
                    for doing in Doing:
                        html.th(self._texts(f"doing_{doing.value}")).props('scope="col"')
                with html.tbody():
                    for label, spent in zip(labels, days.values(), strict=True):
                        self._draw_row(label, spent)

    def _draw_row(self, label: str, spent: Counter[Doing]) -> None:
        with html.tr():
            html.th(label).props('scope="row"')
            for doing in Doing:
                html.td(self._texts("hours", value=self._texts.number(spent[doing] / 3600)))

    def _draw_exports(self) -> None:
        with html.section().classes("panel"):
            html.h2(self._texts("take_along"))
            html.p(self._texts("take_along_explain")).classes("soft")
            with html.div().classes("buttons"):
                for name in EXPORTS:
                    link = html.a(self._texts(f"export_{name.split('.')[0]}")).classes("button plain link-button")
                    link.props(f'href="/api/v1/export/{name}" download')


def by_day(hours: list[Hour]) -> dict[datetime, Counter[Doing]]:
    """Seconds of each doing for each day of the robot's own time zone, oldest first."""
    days: dict[datetime, Counter[Doing]] = {}
    for hour in hours:
        day = datetime.fromtimestamp(hour.began_s).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        days.setdefault(day, Counter()).update(hour.spent_s)
    return days


def _options(days: dict[datetime, Counter[Doing]], labels: list[str], names: dict[Doing, str]) -> dict[str, object]:
    series = [
        {
            "name": names[doing],
            "type": "bar",
            "stack": "day",
            "data": [round(spent[doing] / 3600, 2) for spent in days.values()],
            "itemStyle": {"color": COLOURS[doing], "decal": {"symbol": DECALS[doing], "color": "rgba(0,0,0,.25)"}},
        }
        for doing in Doing
    ]
    return {
        "grid": {"left": 8, "right": 8, "top": 24, "bottom": 56, "containLabel": True},
        "xAxis": charts.axis("category", data=labels, splitLine={"show": False}),
        "yAxis": charts.axis("value", {"formatter": "{value} h"}, max=24, interval=6),
        "series": series,
    }
