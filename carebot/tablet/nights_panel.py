"""The part of History that shows the nights, in bars and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import html

from carebot.tablet import charts
from carebot.tablet.language import Texts
from carebot.tablet.nights import Night
from carebot.tablet.timetable_words import short_date

NIGHTS = 14
COLUMNS = ("night_lying", "night_seen", "night_up")


def draw_nights(nights: Sequence[Night], texts: Texts) -> None:
    """Drawn once; a reload shows the newest hour."""
    with html.section().classes("panel nights"):
        html.h2(texts("nights"))
        html.p(texts("nights_explain")).classes("soft")
        if not nights:
            html.p(texts("nights_none")).classes("soft")
            return
        charts.draw_chart(_options(nights, texts))
        with html.details():
            html.summary(texts("as_table"))
            with html.div().classes("wide").props('tabindex="0" role="region"') as region, html.table():
                region.props["aria-label"] = texts("nights")
                _draw_table(nights, texts)


def _draw_table(nights: Sequence[Night], texts: Texts) -> None:
    with html.thead(), html.tr():
        html.td()
        for key in COLUMNS:
            html.th(texts(key)).props('scope="col"')
    with html.tbody():
        for night in reversed(nights):
            with html.tr():
                html.th(short_date(night.day, texts)).props('scope="row"')
                for seconds in (night.lying_s, night.seen_s):
                    html.td(texts("hours", value=texts.number(seconds / 3600)))
                html.td(str(night.rises))


def _options(nights: Sequence[Night], texts: Texts) -> dict[str, object]:
    lying = {
        "name": texts("night_lying"),
        "type": "bar",
        "barMaxWidth": 60,
        "data": [round(night.lying_s / 3600, 2) for night in nights],
        "itemStyle": {"color": charts.BLUE, "decal": {"symbol": "rect", "color": "rgba(0,0,0,.25)"}},
    }
    style = {"color": charts.AMBER}
    rises = {
        "name": texts("night_up"),
        "type": "line",
        "yAxisIndex": 1,
        "data": [night.rises for night in nights],
        "symbol": "triangle",
        "symbolSize": 14,
        "itemStyle": {**style, "borderColor": charts.CARD, "borderWidth": 2},
        "lineStyle": style,
    }
    return {
        "grid": {"left": 8, "right": 8, "top": 24, "bottom": 56, "containLabel": True},
        "xAxis": charts.axis(
            "category", data=[short_date(night.day, texts) for night in nights], splitLine={"show": False}
        ),
        "yAxis": [
            charts.axis("value", {"formatter": "{value} h"}, min=0),
            charts.axis("value", min=0, minInterval=1, splitLine={"show": False}),
        ],
        "series": [lying, rises],
    }
