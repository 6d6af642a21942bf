"""What `carebot bench tablet` found, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carebot.benchmarks.tablet import Delays, TabletReport


def show(report: TabletReport) -> None:
    """Print every figure, then which goals were met."""
    print(f"{report.tablets} tablets, {report.robots} robots' worth of parts; {report.processors} processors, ", end="")
    print(f"{report.load:g} processes wanted them in the last minute")
    _show_delays("confirmed fall on ROS to visible in a browser", report.browser)
    _show_delays("the same to every tablet's web socket", report.every_tablet)
    if report.first_page is not None:
        page = report.first_page
        print(f"  first page usable, cold cache: median {page.median_s:.2f} s, worst {page.worst_s:.2f} s, ", end="")
        print(f"{page.requests} requests, {page.transferred_bytes / 1e6:.2f} MB transferred")
    _show_delays("joystick to cmd_vel_teleop", report.joystick)
    print(f"  the server: {report.server_cores:.2f} cores, {report.server_memory_mb:.0f} MB at most")
    if report.why_no_browser:
        print(f"  nothing was measured in a browser: {report.why_no_browser}")
    for goal, is_met in report.goals().items():
        print(f"  {goal}: {'reached' if is_met else 'MISSED'}")


def _show_delays(what: str, delays: Delays | None) -> None:
    if delays is not None:
        print(f"  {what}: median {delays.median_ms} ms, p95 {delays.p95_ms} ms, worst {delays.worst_ms} ms ", end="")
        print(f"({delays.came} of {delays.expected})")
