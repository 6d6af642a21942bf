"""What comes from outside ends no callback of care's schedule: an error that leaves one would end care itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from carebot_interfaces.msg import ResidentReply, ResidentRequest
from carebot_interfaces.srv import ChangeSchedule, LookAhead

from carebot.errors import RecordsError
from carebot.records.schedule import FURTHEST_AHEAD_S
from carebot.records.schema import open_records
from carebot.ros import qos
from carebot.ros.schedule_desk import ScheduleDesk
from carebot.ros.wish_desk import WishDesk
from carebot.routines.agenda import problem_of
from carebot.routines.schedule import Entry
from carebot.routines.schedule_book import ScheduleBook
from carebot.routines.wishes import Policy
from tests.ros.conftest import Peer
from tests.routines.world import SITE, own_library

LIBRARY = own_library()
LAST_EVENING_S = datetime(9999, 12, 31, 20, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[ScheduleBook]:
    entry = Entry.model_validate({"id": "meal", "routine": "meal_reminder", "at": ["08:00"]})
    database = open_records(tmp_path / "records.sqlite", "the test")
    fits = lambda each: problem_of(each, LIBRARY, SITE, ())  # noqa: E731
    yield ScheduleBook(database, (entry,), (), "Asia/Tokyo", lambda _: 7, time.time(), fits)
    database.close()


def asked(peer: Peer, name: str, request: Any) -> Any:
    kind = LookAhead if isinstance(request, LookAhead.Request) else ChangeSchedule
    client = peer.create_client(kind, name)
    answer = client.call_async(request)
    peer.wait_until(answer.done, "an answer")
    return answer.result()


def test_a_look_at_the_end_of_all_calendars_is_refused(peer: Peer, book: ScheduleBook) -> None:
    ScheduleDesk(peer, book, "Asia/Tokyo")
    for since_s in (LAST_EVENING_S, time.time() + FURTHEST_AHEAD_S, 1e308, -1.0):
        answer = asked(peer, "look_ahead", LookAhead.Request(since_s=since_s, until_s=since_s + 10_800.0))
        assert not answer.accepted
        assert "ten years" in answer.message
    now_s = time.time()
    answer = asked(peer, "look_ahead", LookAhead.Request(since_s=now_s, until_s=now_s + 86_400.0))
    assert (answer.accepted, len(answer.occurrences)) == (True, 1)


def test_what_the_schedule_cannot_reckon_with_is_refused(
    peer: Peer, book: ScheduleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_range(*_: object) -> Any:
        raise OverflowError("date value out of range")

    ScheduleDesk(peer, book, "Asia/Tokyo")
    monkeypatch.setattr(book, "between", out_of_range)
    monkeypatch.setattr(book, "set_pause", out_of_range)
    now_s = time.time()
    assert not asked(peer, "look_ahead", LookAhead.Request(since_s=now_s, until_s=now_s + 1.0)).accepted
    pause = json.dumps({"first_day": "2030-01-01", "last_day": "2030-01-02", "reason": "a holiday"})
    answer = asked(peer, "change_schedule", ChangeSchedule.Request(what="pause", by="Aiko", content=pause))
    assert (answer.accepted, answer.code) == (False, "invalid")


@pytest.mark.parametrize("digits", [400, 4000])
def test_a_number_of_very_many_digits_is_refused(peer: Peer, book: ScheduleBook, digits: int) -> None:
    ScheduleDesk(peer, book, "Asia/Tokyo")
    content = json.dumps({"routine": "exercise", "at": ["09:00"], "with": {"times": 10**digits}})
    answer = asked(peer, "change_schedule", ChangeSchedule.Request(what="set", id="move", by="Aiko", content=content))
    assert (answer.accepted, answer.code) == (False, "invalid")
    assert "number" in answer.message


def test_a_reminder_that_the_disk_does_not_take_is_refused(
    peer: Peer, book: ScheduleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise RecordsError("The disk is full.")

    nothing: Any = None
    WishDesk(peer, Policy(LIBRARY, SITE), nothing, book, nothing, nothing, SITE, ())
    monkeypatch.setattr(book, "set_entry", full)
    replies = peer.collect(ResidentReply, "request_replies", qos.SPOKEN_ONCE)
    out = peer.create_publisher(ResidentRequest, "requests", qos.SPOKEN_ONCE)
    peer.wait_until(lambda: out.get_subscription_count() and peer.count_subscribers("request_replies"), "the desk")
    details = {"what": "call the garden", "at": "18:00"}
    out.publish(
        ResidentRequest(id="1", name="remind", detail_names=list(details), detail_values=list(details.values()))
    )
    peer.wait_until(lambda: replies, "a reply")
    assert (replies[0].what, replies[0].text) == (
        ResidentReply.REFUSED,
        "I cannot note that down at the moment. Please ask a caregiver.",
    )
