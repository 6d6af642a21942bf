"""The black box hears real topics, keeps what led to an accident, and is read by `carebot sim replay`'s reader."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from carebot_interfaces.msg import Alert, Alerts, MotionState, People, Person
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from mcap_ros2._dynamic import generate_dynamic
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image, LaserScan

from carebot.records import black_box_files as files
from carebot.ros import qos
from carebot.ros.accidents import FORGIVEN_AFTER_S, SILENT_AFTER_S, Accidents
from carebot.ros.black_box_topics import RECORDED
from carebot.ros.definitions import definition_of, kind_of
from carebot.ros.replay import PEOPLE, read_recording, topics_of
from tests.ros.conftest import ROBOT, Peer, Running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "black_box" / ROBOT


def health(peer: Peer) -> Callable[[], DiagnosticStatus | None]:
    """What the black box said last of itself."""
    heard = peer.collect(DiagnosticArray, "diagnostics")

    def newest() -> DiagnosticStatus | None:
        said = [each for array in heard for each in array.status if each.name == "black_box: recorder"]
        return said[-1] if said else None

    return newest


def whys(folder: Path) -> list[str]:
    return [each.why for each in files.recordings(folder)]


def test_what_led_to_an_alarm_is_kept_and_can_be_replayed(start, peer: Peer, folder: Path) -> None:
    people = peer.create_publisher(People, "people", qos.PEOPLE)
    scans = peer.create_publisher(LaserScan, "scan", 10)
    pictures = peer.create_publisher(Image, "camera/image_raw", 10)
    alerts = peer.create_publisher(Alerts, "alerts", qos.ALERTS)
    box: Running = start(black_box={})
    for publisher in (people, scans, alerts):
        peer.wait_for_readers(publisher, "black_box")
    alerts.publish(Alerts())
    for track in range(1, 21):
        people.publish(People(width_px=640, height_px=480, people=[Person(track_id=track)]))
        scans.publish(LaserScan(ranges=[1.0, 2.0]))
        pictures.publish(Image())
        peer.spin(0.02)
    alerts.publish(Alerts(alerts=[Alert(id="a", state=Alert.CONFIRMED, reason="lies on the floor")]))
    newest = health(peer)
    peer.wait_until(lambda: (said := newest()) and int(said.values[1].value) >= 22, "everything to be recorded")
    assert newest().level == DiagnosticStatus.OK
    assert box.stop() == 0
    (_, alarm) = files.recordings(folder)
    assert alarm.why == "alarm"
    path = next(iter(files.kept(folder)))
    heard = list(read_recording(path))
    assert [each.message.people[0].track_id for each in heard if each.topic == PEOPLE] == list(range(1, 21))
    assert sum(each.topic == "scan" for each in heard) == 1  # one a second
    assert topics_of(path) == {"people", "scan", "diagnostics"}  # what is said of a person in an alert is care's


def test_an_emergency_stop_is_an_accident_and_one_that_was_there_before_is_none(
    start, peer: Peer, folder: Path
) -> None:
    states = peer.create_publisher(MotionState, "motion_state", qos.latched(1))
    states.publish(MotionState(emergency_stop=True))
    box: Running = start(black_box={})
    peer.wait_for_readers(states, "black_box")
    for is_stopped in (True, False):
        states.publish(MotionState(emergency_stop=is_stopped))
        peer.spin(0.3)
    peer.wait_until(lambda: whys(folder) == ["last"])
    states.publish(MotionState(emergency_stop=True, emergency_stop_by="Aiko"))
    peer.wait_until(lambda: any("(stop)" in line for line in box.read()), "the stop to be noticed")
    box.stop()
    assert whys(folder) == ["last", "stop"]


def test_a_node_that_was_killed_is_an_accident(start, peer: Peer, folder: Path) -> None:
    box: Running = start(black_box={})
    newest = health(peer)
    falls: Running = start(falls={})
    peer.wait_until(newest)
    heard = peer.collect(DiagnosticArray, "diagnostics")
    peer.wait_until(lambda: any(each.name == "falls: people" for array in heard for each in array.status))
    peer.spin(1.5)
    falls.child.send(signal.SIGKILL)
    falls.wait()
    peer.wait_until(lambda: any("(crash)" in line for line in box.read()), "the crash to be noticed")
    box.stop()
    assert whys(folder) == ["last", "crash"]


def test_a_kill_of_the_recorder_itself_loses_nothing(start, peer: Peer, folder: Path) -> None:
    people = peer.create_publisher(People, "people", qos.PEOPLE)
    box: Running = start(black_box={})
    peer.wait_for_readers(people, "black_box")
    people.publish(People(width_px=640))
    newest = health(peer)
    peer.wait_until(newest)
    peer.spin(2.5)
    box.child.send(signal.SIGKILL)
    box.wait()
    start(black_box={})
    peer.wait_until(lambda: whys(folder) == ["last", "torn"])
    assert "people" in topics_of(files.kept(folder)[0])


def test_where_nothing_can_be_written_it_says_so_and_goes_on(start, peer: Peer, folder: Path) -> None:
    folder.parent.parent.mkdir()
    folder.parent.write_text("a file stands where the folder should be")
    start(black_box={})
    newest = health(peer)
    peer.wait_until(lambda: (said := newest()) and said.level == DiagnosticStatus.ERROR)
    assert "records nothing" in newest().message
    assert str(folder) in newest().message
    folder.parent.unlink()
    peer.wait_until(lambda: (said := newest()) and said.level == DiagnosticStatus.OK)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each.name)
def test_a_recording_is_read_without_the_packages_of_its_messages(recorded) -> None:
    kind = kind_of(recorded.message)
    decode = generate_dynamic(kind, definition_of(recorded.message))[kind]
    assert type(decode(serialize_message(recorded.message()))).__name__ == recorded.message.__name__


def test_neither_pixels_nor_sound_nor_conversation_are_recorded() -> None:
    names = {each.name for each in RECORDED}
    assert names.isdisjoint(
        {"camera/image_raw", "utterances", "typed_utterances", "captions", "requests", "help_calls"}
    )
    assert not any(word in kind_of(each.message) for each in RECORDED for word in ("Image", "Sound", "Utterance"))


def diagnosed(*names: str) -> DiagnosticArray:
    return DiagnosticArray(
        status=[DiagnosticStatus(name=name, values=[KeyValue(key="a", value="b")]) for name in names]
    )


def test_a_silent_node_is_told_of_once_and_nobody_is_blamed_while_nobody_listened() -> None:
    accidents = Accidents()
    now_s = 100.0
    for _ in range(40):
        accidents.hear(diagnosed("care: records", "falls: people"), now_s)
        assert accidents.look(now_s) is None
        now_s += 0.2
    found = []
    for _ in range(100):
        accidents.hear(diagnosed("care: records"), now_s)
        found.append(accidents.look(now_s))
        now_s += 0.2
    assert found.count("crash") == 1
    now_s += SILENT_AFTER_S + FORGIVEN_AFTER_S
    assert accidents.look(now_s) is None
