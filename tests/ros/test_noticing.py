"""From people to the tablet: the falls node notices, care writes it down, and no alert comes of it."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest
from carebot_interfaces.msg import Alerts, FallAlert
from carebot_interfaces.msg import NoticeBook as NoticeBookMsg
from carebot_interfaces.msg import Noticed as NoticedMsg
from carebot_interfaces.msg import People as PeopleMsg

from carebot.noticed import GaitDay, Noticed, NoticedKind, Recorded
from carebot.people import People
from carebot.ros import qos
from carebot.ros.convert import people_to_msg
from carebot.ros.noticing import book_from_msg, book_to_msg, noticed_to_msg, recorded_from_noticed
from tests.falls.noticed_scenes import STUMBLES
from tests.falls.scenes import shot

NEAR_FALL = Noticed(NoticedKind.NEAR_FALL, 12.5, 3, "stumbled", {"drop_bl": 0.12, "recovered_in_s": 0.7})
WALK = Noticed(NoticedKind.WALK, 12.5, 3, "walked", {"speed_bl_s": 0.5})


def test_nothing_is_lost_on_the_way() -> None:
    recorded = recorded_from_noticed(noticed_to_msg(NEAR_FALL, "run-1"), 99.0)
    assert recorded == Recorded("run-1", 99.0, NoticedKind.NEAR_FALL, "stumbled", NEAR_FALL.numbers)
    day = GaitDay("2030-05-20", 7, 0.5, 0.8, 1.7)
    assert book_from_msg(book_to_msg([recorded], [day])) == ((recorded,), (day,))
    ((), (unknown,)) = book_from_msg(book_to_msg([], [GaitDay("2030-05-20", 7, 0.5)]))
    assert math.isnan(unknown.speed_m_s)


@pytest.mark.parametrize("wrong", [{"kind": "alarm"}, {"id": ""}, {"number_values": [1.0]}])
def test_what_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    message = noticed_to_msg(NEAR_FALL, "run-1")
    for name, value in wrong.items():
        setattr(message, name, value)
    with pytest.raises(ValueError, match=r"kind|id|values|alarm"):
        recorded_from_noticed(message, 0.0)


def test_a_stumble_reaches_the_records_and_no_alert_comes_of_it(peer, start) -> None:
    start(falls={"ask": False}, care={})
    noticed = peer.collect(NoticedMsg, "noticed", qos.NOTICED)
    books = peer.collect(NoticeBookMsg, "notice_book", qos.NOTICE_BOOK)
    alarms = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    alerts = peer.collect(Alerts, "alerts", qos.ALERTS)
    publisher = peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)
    peer.wait_for_readers(publisher, "falls")
    peer.wait_until(lambda: peer.count_subscribers("noticed") > 1, "care")
    _, pictures = shot(STUMBLES["standing"])
    now_s = time.time()
    for picture in pictures:
        publisher.publish(people_to_msg(_at(picture, now_s - 60.0), "eye"))
        peer.spin(0.01)
    peer.wait_until(lambda: books and books[-1].noticed, "the record")
    assert [each.reason_code for each in noticed] == ["stumbled"]
    (recorded,) = books[-1].noticed
    assert recorded.id == noticed[0].id
    assert recorded.at_s == pytest.approx(now_s - 60.0 + 3.4, abs=3.0)
    assert alarms == []
    assert not alerts[-1].alerts


def test_it_is_written_once_and_still_there_after_a_restart(peer, start) -> None:
    care = start(care={})
    books = peer.collect(NoticeBookMsg, "notice_book", qos.NOTICE_BOOK)
    publisher = peer.create_publisher(NoticedMsg, "noticed", qos.NOTICED)
    peer.wait_until(publisher.get_subscription_count, "care")
    broken = noticed_to_msg(replace(NEAR_FALL), "")
    for message in (noticed_to_msg(NEAR_FALL, "a"), broken, noticed_to_msg(WALK, "w"), noticed_to_msg(NEAR_FALL, "a")):
        publisher.publish(message)
    peer.wait_until(lambda: books and books[-1].noticed and books[-1].gait_days, "the record")
    assert care.stop() == 0
    books.clear()
    start(care={})
    peer.wait_until(lambda: books, "the record again")
    assert [each.id for each in books[-1].noticed] == ["a"]
    assert [each.walks for each in books[-1].gait_days] == [1]


def _at(picture: People, began_s: float) -> People:
    return replace(picture, time_s=began_s + picture.time_s)
