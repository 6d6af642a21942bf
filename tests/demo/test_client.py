"""The demo's client reads the tablet's event stream as any other app would."""

from __future__ import annotations

from carebot.demo.client import alerts_in


def test_alerts_are_found_among_other_events():
    lines = [
        "event: robot",
        'data: {"lost": false}',
        "",
        "event: alert",
        "id: a:1",
        'data: {"id": "a", "state": "suspected"}',
        "",
        ": a comment",
        "event: robot",
        'data: {"lost": true}',
    ]
    assert list(alerts_in(lines)) == [None, {"id": "a", "state": "suspected"}, None]
