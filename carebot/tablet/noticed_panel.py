"""The part of History that shows what was noticed and no alarm came of, and how somebody walks, week by week."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median

from nicegui import html

from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.records.gait_trend import BEFORE_DAYS, RECENT_DAYS, SLOW_M_S, USUAL_M_S, GaitTrend, gait_trend
from carebot.records.notices import SHOWN_DAYS, day_of, last_days
from carebot.tablet import charts
from carebot.tablet.language import Texts
from carebot.tablet.noticing import NoticeView
from carebot.tablet.timetable_words import short_date

SPEED_COLOUR, STEPS_COLOUR, MEDIAN_COLOUR = charts.GREEN, charts.BLUE, charts.AMBER
FEWEST_SHOWN_DAYS = RECENT_DAYS + BEFORE_DAYS


@dataclass(frozen=True, slots=True)
class _Unit:
    """In what speeds are shown: metres where most days know them."""

    name: str
    of: Callable[[GaitDay], float]
    is_metric: bool


METRES = _Unit("m_s", lambda day: day.speed_m_s, True)
BODY_LENGTHS = _Unit("bl_s", lambda day: day.speed_bl_s, False)


def draw_noticed(view: NoticeView, texts: Texts, now_s: float) -> None:
    """Both panels; drawn once, a reload shows what is new."""
    with html.section().classes("panel"):
        html.h2(texts("noticed"))
        html.p(texts("noticed_explain")).classes("soft")
        _draw_days(view.noticed, texts)
    with html.section().classes("panel"):
        html.h2(texts("gait"))
        html.p(texts("gait_explain")).classes("soft")
        _draw_gait(view.gait_days, texts, now_s)


def _draw_days(noticed: Sequence[Recorded], texts: Texts) -> None:
    if not noticed:
        html.p(texts("noticed_none")).classes("soft")
        return
    newest_first = sorted(noticed, key=lambda each: -each.at_s)
    with html.ol().classes("parts"):
        for day, of_day in groupby(newest_first, key=lambda each: day_of(each.at_s)):
            _draw_day(day, list(of_day), texts)


def _draw_day(day: str, of_day: Sequence[Recorded], texts: Texts) -> None:
    with html.li().classes("part"), html.div():
        html.strong(f"{short_date(day, texts)}: {how_often(of_day, texts)}")
        for each in of_day:
            at = datetime.fromtimestamp(each.at_s).astimezone()
            html.p(f"{at:%H:%M} {sentence(each, texts)}")


def how_often(noticed: Iterable[Recorded], texts: Texts) -> str:
    """What was noticed and how many times."""
    counts = Counter(each.kind for each in noticed)
    each = [
        texts("noticed_times", what=texts(f"noticed_{kind.value}"), count=counts[kind])
        for kind in _TOLD
        if counts[kind]
    ]
    return texts("list_comma").join(each)


_TOLD = tuple(kind for kind in NoticedKind if kind is not NoticedKind.WALK)


def sentence(noticed: Recorded, texts: Texts) -> str:
    """What was noticed, with its numbers; its kind alone where a number lacks."""
    told = texts.sentence(f"noticed_{noticed.reason_code}", dict(noticed.numbers))
    return told or texts(f"noticed_{noticed.kind.value}")


def _draw_gait(days: Sequence[GaitDay], texts: Texts, now_s: float) -> None:
    if not days:
        html.p(texts("gait_none")).classes("soft")
        return
    html.p(trend_words(gait_trend(days, day_of(now_s)), texts))
    unit = _unit(days)
    charts.draw_chart(_options(days, unit, texts, now_s))
    with html.details():
        html.summary(texts("as_table"))
        with html.div().classes("wide").props('tabindex="0" role="region"') as region:
            region.props["aria-label"] = texts("gait")
            _draw_table(days, unit, texts)


def _draw_table(days: Sequence[GaitDay], unit: _Unit, texts: Texts) -> None:
    with html.table():
        with html.thead(), html.tr():
            html.td()
            for key in ("gait_walks", f"gait_speed_{unit.name}", "gait_steps"):
                html.th(texts(key)).props('scope="col"')
        with html.tbody():
            for day in reversed(days):
                with html.tr():
                    html.th(short_date(day.day, texts)).props('scope="row"')
                    html.td(str(day.walks))
                    html.td(_number(unit.of(day), texts))
                    html.td(_number(day.steps_per_s, texts))


def trend_words(trend: GaitTrend | None, texts: Texts) -> str:
    """What the last week says against the four before, in words."""
    if trend is None:
        return texts("gait_too_few")
    unit = "m_s" if trend.is_metric else "bl_s"
    numbers: dict[str, float | str] = {f"recent_{unit}": trend.recent, f"before_{unit}": trend.before}
    how = "steady" if not trend.is_change else "slower" if trend.change < 0 else "faster"
    key = f"gait_steady_{unit}" if how == "steady" else f"noticed_walks_{how}_{unit}"
    return texts.sentence(key, numbers) or texts("gait_too_few")


def _unit(days: Sequence[GaitDay]) -> _Unit:
    metric = sum(math.isfinite(day.speed_m_s) for day in days)
    return METRES if 2 * metric >= len(days) else BODY_LENGTHS


def _options(days: Sequence[GaitDay], unit: _Unit, texts: Texts, now_s: float) -> dict[str, object]:
    known = {day.day: day for day in days}
    shown = last_days(now_s, SHOWN_DAYS)
    first = min(shown.index(day) if day in shown else 0 for day in known)
    shown = shown[min(first, len(shown) - FEWEST_SHOWN_DAYS) :]
    speeds = [_plotted(unit.of(known[day])) if day in known else None for day in shown]
    steps = [_plotted(known[day].steps_per_s) if day in known else None for day in shown]
    split = len(shown) - RECENT_DAYS
    series = [
        _line(texts(f"gait_speed_{unit.name}"), speeds, SPEED_COLOUR, "circle"),
        _line(texts("gait_steps"), steps, STEPS_COLOUR, "triangle"),
        _median_line(texts("gait_weeks_before"), speeds, max(0, split - BEFORE_DAYS), split, "solid"),
        _median_line(texts("gait_last_week"), speeds, split, len(shown), "dashed"),
    ]
    if unit.is_metric:
        marks = [{"yAxis": SLOW_M_S}, {"yAxis": USUAL_M_S}]
        style, label = {"color": charts.TEXT, "type": "dotted"}, {"color": charts.TEXT}
        mark_line = {"silent": True, "symbol": "none", "data": marks, "lineStyle": style, "label": label}
        series[0]["markLine"] = mark_line
    weekly = {"interval": RECENT_DAYS - 1}
    line = {"lineStyle": {"color": charts.LINE}}
    return {
        "grid": {"left": 8, "right": 24, "top": 24, "bottom": 72, "containLabel": True},
        "xAxis": charts.axis(
            "category",
            weekly,
            data=[short_date(day, texts) for day in shown],
            axisTick={**weekly, **line},
            splitLine={"show": True, **weekly, **line},
        ),
        "yAxis": charts.axis("value", min=0),
        "series": series,
    }


def _line(name: str, data: list[float | None], colour: str, symbol: str) -> dict[str, object]:
    style = {"color": colour}
    return {"name": name, "type": "line", "data": data, "symbol": symbol, "itemStyle": style, "lineStyle": style}


def _median_line(name: str, data: Sequence[float | None], begin: int, end: int, dash: str) -> dict[str, object]:
    """A level line at the median of `data` from `begin` to `end`."""
    known = [value for value in data[begin:end] if value is not None]
    level = round(median(known), 3) if known else None
    flat = [level if begin <= at < end else None for at in range(len(data))]
    style = {"color": MEDIAN_COLOUR, "type": dash, "width": 3}
    return {"name": name, "type": "line", "data": flat, "symbol": "none", "itemStyle": style, "lineStyle": style}


def _plotted(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _number(value: float, texts: Texts) -> str:
    return texts.number(value, ".2f") if math.isfinite(value) else "–"
