"""How charts look: text and lines in the page's own colours, so that they change with its theme at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

TEXT, LINE, CARD = "var(--soft-ink)", "var(--chart-line)", "var(--card)"
BLUE, AMBER, GREEN, GREY = "#2f6fb3", "#b87a00", "#0f8a70", "#7c8a84"
"""Of bars and lines: at least 3:1 on the card of both themes."""


def draw_chart(options: Mapping[str, object]) -> None:
    """A chart beside which a table says the same. Only as SVG do colours stay the page's."""
    common = {
        "animation": False,
        "legend": {"bottom": 0, "textStyle": {"color": TEXT}, "selectedMode": False},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": CARD,
            "borderColor": LINE,
            "textStyle": {"color": "var(--ink)"},
            "axisPointer": {"lineStyle": {"color": TEXT}},
        },
    }
    ui.echart({**common, **options}, renderer="svg").classes("chart").props('aria-hidden="true"')


def axis(kind: str, label: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An axis; `label` is how its labels are written, beside their colour."""
    line = {"lineStyle": {"color": LINE}}
    return {
        "type": kind,
        "axisLabel": {"color": TEXT, **(label or {})},
        "axisLine": line,
        "axisTick": line,
        "splitLine": line,
        **more,
    }
