"""Care over real ROS: latched alerts, answers by service, records that say when they cannot be kept."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from carebot_interfaces.msg import Alerts, FallAlert, HelpCall
from carebot_interfaces.srv import AnswerAlert
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import String

from carebot.benchmarks.receiver import phones
from carebot.ros import qos
from carebot.ros.convert import alert_from_msg, fall_event_to_msg
from tests.records.helpers import fall_event
from tests.ros.conftest import Peer


class Caregiver:
    """The test's end of care's topics and service."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.lists = peer.collect(Alerts, "alerts", qos.ALERTS)
        self.falls = peer.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
        self.client = peer.create_client(AnswerAlert, "answer_alert")

    def tell(self, number: int, kind: str = "confirmed") -> None:
        event = fall_event(kind, time_s=10.0 + number, fall_id=number)
        self.falls.publish(fall_event_to_msg(event, "run"))

    def alerts(self) -> list:
        return [alert_from_msg(alert) for alert in self.lists[-1].alerts] if self.lists else []

    def answer(self, alert_id: str, answer: str, by: str = "Aiko", to: str = "") -> AnswerAlert.Response:
        self.peer.wait_until(self.client.service_is_ready, "the service answer_alert")
        future = self.client.call_async(AnswerAlert.Request(alert_id=alert_id, answer=answer, by=by, to=to))
        self.peer.wait_until(future.done, "an answer of care")
        return future.result()


@pytest.fixture
def caregiver(peer: Peer) -> Caregiver:
    return Caregiver(peer)


def test_a_fall_becomes_an_alert_that_is_answered(peer: Peer, start, caregiver: Caregiver):
    care = start(care={})
    caregiver.tell(1, "suspected")
    peer.wait_until(lambda: [alert.state.value for alert in caregiver.alerts()] == ["suspected"])
    caregiver.tell(1, "confirmed")
    peer.wait_until(lambda: [alert.state.value for alert in caregiver.alerts()] == ["confirmed"])
    alert_id = caregiver.alerts()[0].id

    refused = caregiver.answer(alert_id, "acknowledge", by="")
    assert not refused.accepted
    assert "name" in refused.message
    assert not caregiver.answer(alert_id, "maybe").accepted
    assert caregiver.answer(alert_id, "acknowledge").alert.acknowledged_by == "Aiko"
    late = caregiver.answer(alert_id, "acknowledge", by="Ben")
    assert not late.accepted
    assert "Aiko" in late.message
    peer.wait_until(lambda: caregiver.alerts()[0].acknowledged_by == "Aiko")
    assert care.stop() == 0


def test_an_alert_is_handed_over(peer: Peer, start, caregiver: Caregiver):
    start(care={})
    caregiver.tell(1)
    peer.wait_until(lambda: caregiver.alerts())
    alert_id = caregiver.alerts()[0].id
    assert caregiver.answer(alert_id, "acknowledge").accepted
    assert caregiver.answer(alert_id, "hand_over", to="Ben").alert.offered_to == "Ben"
    assert not caregiver.answer(alert_id, "acknowledge", by="Chie").accepted
    taken = caregiver.answer(alert_id, "acknowledge", by="Ben").alert
    assert (taken.acknowledged_by, taken.offered_to) == ("Ben", "")
    peer.wait_until(lambda: caregiver.alerts()[0].acknowledged_by == "Ben")


@pytest.mark.parametrize(("means", "late_s", "is_told"), [("voice", 0, True), ("text", 0, False), ("voice", 60, False)])
def test_a_call_says_where_the_robot_heard_it(
    peer: Peer, start, caregiver: Caregiver, means: str, late_s: int, is_told: bool
):
    start(care={})
    poses = peer.create_publisher(PoseStamped, "map_pose", 1)
    calls = peer.create_publisher(HelpCall, "help_calls", qos.FALL_ALERTS)
    peer.wait_for_readers(poses, "care")
    peer.wait_for_readers(calls, "care")
    pose = PoseStamped()
    pose.pose.position.x, pose.pose.position.y, pose.pose.orientation.w = 7.5, 6.5, 1.0

    def heard() -> bool:
        """The pose may come after the call; then it is answered, and called again."""
        poses.publish(pose)
        peer.spin(0.3)
        call = HelpCall(id=f"call {time.time()}", words="help", language="en", rule="help", means=means)
        call.stamp.sec = int(time.time()) - late_s
        calls.publish(call)
        peer.wait_until(caregiver.alerts, "the alert")
        (alert,) = caregiver.alerts()
        if alert.heard_at_m is None and is_told:
            caregiver.answer(alert.id, "real")
            peer.wait_until(lambda: not caregiver.alerts(), "an end of the alert")
            return False
        assert alert.heard_at_m == ((7.5, 6.5) if is_told else None)
        assert alert.place_m is None
        return True

    peer.wait_until(heard, "a call with its place")


def test_what_makes_no_sense_is_survived(peer: Peer, start, caregiver: Caregiver):
    care = start(care={})
    peer.wait_until(lambda: caregiver.lists)
    caregiver.falls.publish(FallAlert(event=77, fall_id="run-1"))
    caregiver.falls.publish(FallAlert(event=1, fall_id="no number"))
    caregiver.falls.publish(FallAlert(event=1, fall_id="run-1", evidence_names=["a"]))
    caregiver.tell(2)
    peer.wait_until(lambda: len(caregiver.alerts()) == 1)
    assert sum("cannot read a fall alert" in line for line in care.read()) == 3
    assert care.stop(signal.SIGTERM) == 0


def test_a_second_care_is_refused_in_one_sentence(peer: Peer, start, caregiver: Caregiver):
    first = start(care={})
    peer.wait_until(lambda: caregiver.lists)
    second = start(care={})
    assert second.wait() == 1
    assert any("already written by the care node /test_robot/care (process" in line for line in second.lines)
    assert not any("Traceback" in line for line in second.lines)
    assert first.stop() == 0


def test_records_that_cannot_be_kept_are_reported_and_the_alert_is_published(
    peer: Peer, start, caregiver: Caregiver, tmp_path: Path
):
    (tmp_path / "file").touch()
    start(care={"records": str(tmp_path / "file" / "records.sqlite")})
    health = peer.collect(DiagnosticArray, "diagnostics")
    caregiver.tell(1)
    peer.wait_until(lambda: len(caregiver.alerts()) == 1)

    def fault() -> str:
        errors = [status for message in health for status in message.status if status.level == DiagnosticStatus.ERROR]
        return errors[-1].message if errors else ""

    peer.wait_until(lambda: "Not recorded" in fault())
    (tmp_path / "file").unlink()
    peer.wait_until(lambda: health and health[-1].status[0].message == "every alert is on disk")
    assert (tmp_path / "file" / "records.sqlite").is_file()


def site_file(folder: Path, address: str) -> Path:
    """Aiko has five seconds, then Ben."""
    content = {
        "caregivers": [{"name": name, "reach": {"phone": f"{address}/{name}"}} for name in ("Aiko", "Ben")],
        "escalation": {"default": [{"tell": [{"who": name}], "for_s": 5} for name in ("Aiko", "Ben")]},
    }
    path = folder / "site.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_fall_calls_the_chain_through_a_kill_until_somebody_answers(
    peer: Peer, start, caregiver: Caregiver, tmp_path: Path
):
    def diagnosed(name: str) -> bool:
        return any(name in status.name for message in health for status in message.status)

    with phones() as rung:
        records = tmp_path / "records" / "records.sqlite"
        parameters = {"site": str(site_file(tmp_path, rung.address)), "records": str(records)}
        care = start(care=parameters)
        health = peer.collect(DiagnosticArray, "diagnostics")
        caregiver.tell(1, "suspected")
        peer.wait_until(lambda: [alert.state.value for alert in caregiver.alerts()] == ["suspected"])
        assert rung.paths() == []  # only suspected: nobody is woken yet
        caregiver.tell(1)
        peer.wait_until(lambda: rung.paths() == ["/Aiko"], "a call to Aiko")
        care.stop(signal.SIGKILL)
        caregiver.lists.clear()
        start(care=parameters)
        peer.wait_until(lambda: rung.paths() == ["/Aiko", "/Ben"], "a call to Ben, and none again to Aiko")
        peer.wait_until(lambda: caregiver.alerts())
        assert caregiver.answer(caregiver.alerts()[0].id, "acknowledge", by="Ben").accepted
        peer.wait_until(lambda: rung.paths() == ["/Aiko", "/Ben", "/Aiko"], "news for Aiko that Ben has answered")
        assert "Ben" in rung.letters[-1].message
        peer.wait_until(lambda: diagnosed("calls"))


def test_calls_go_out_where_nothing_can_be_written(peer: Peer, start, caregiver: Caregiver, tmp_path: Path):
    (tmp_path / "file").touch()
    with phones() as rung:
        site = site_file(tmp_path, rung.address)
        start(care={"site": str(site), "records": str(tmp_path / "file" / "records.sqlite")})
        caregiver.tell(1)
        peer.wait_until(lambda: "/Aiko" in rung.paths(), "a call to Aiko")


def test_without_a_network_it_is_said_aloud_in_the_homes_language(
    peer: Peer, start, caregiver: Caregiver, tmp_path: Path
):
    path = site_file(tmp_path, "json://127.0.0.1:1")  # nobody listens there
    path.write_text(json.dumps({**json.loads(path.read_text()), "language": "ja"}), encoding="utf-8")
    said = peer.collect(String, "announcements", qos.ANNOUNCEMENTS)
    start(care={"site": str(path), "records": str(tmp_path / "records.sqlite")})
    caregiver.tell(1)
    peer.wait_until(lambda: said, "something said aloud")
    assert said[0].data == "Aikoさんに連絡がつきません。呼び続けます。聞こえた方は来てください。"


def test_a_site_file_that_cannot_be_used_is_refused_with_file_and_key(start, tmp_path: Path):
    site = site_file(tmp_path, "nonsense://host")
    care = start(care={"site": str(site)})
    assert care.wait() == 2
    assert any("site.yaml" in line and "reach.phone" in line for line in care.lines)
    assert not any("Traceback" in line for line in care.lines)
