"""On the page of the robot's health: what its nodes logged, and the black box's recordings to take along."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import html, ui

from carebot.records.black_box_files import Recording, recordings
from carebot.tablet.language import Texts
from carebot.tablet.traces import LogLine, Traces


class TracesPanel:
    """`show` draws the log anew where a line came; recordings are those that are there when the page opens."""

    def __init__(self, traces: Traces, texts: Texts) -> None:
        self._logging, self._texts = traces.logging, texts
        self._shown: Sequence[LogLine] | None = None
        with html.section().classes("panel logged"):
            html.h2(texts("logged"))
            html.p(texts("logged_explain")).classes("soft")
            self._log = ui.html(sanitize=False)
        with html.section().classes("panel black-box"):
            html.h2(texts("black_box"))
            html.p(texts("black_box_explain")).classes("soft")
            found = recordings(traces.black_box)
            if not found:
                html.p(texts("black_box_empty"))
            with html.ul().classes("parts"):
                for each in found:
                    self._draw(each)

    def show(self) -> None:
        lines = self._logging.log()
        if lines is not self._shown:
            self._shown = lines
            self._log.content = _written(lines) if lines else f"<p>{escape(self._texts('nothing_logged'))}</p>"

    def _draw(self, recording: Recording) -> None:
        with html.li().classes("part"):
            with html.div():
                html.strong(self._texts(f"black_box_{recording.why}"))
                with html.p().classes("soft"):
                    html.time().props["data-at"] = f"{recording.at_s:.0f}"
                    html.span(f" · {self._texts('megabytes', value=self._texts.number(recording.size_bytes / 1e6))}")
            link = html.a(self._texts("take_along")).classes("button plain link-button")
            link.props(f'href="/api/v1/black-box/{recording.id}" download')


def _written(lines: Sequence[LogLine]) -> str:
    each = (
        f'<li class="{line.level}"><time data-at="{line.at_s:.3f}"></time> '
        f'<span lang="en"><strong>{escape(line.node)}</strong> {escape(line.text)}</span></li>'
        for line in lines
    )
    return f'<ol class="log">{"".join(each)}</ol>'
