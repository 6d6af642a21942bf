"""Recordings hold what was seen and said, as ROS 2 messages that other tools read."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory

from carebot.errors import ConfigError
from carebot.simulation.recording import Recorder
from carebot.simulation.runner import run_scenario

EPOCH_NS = 1_700_000_000 * 10**9


def test_recording_holds_people_alerts_and_truth_with_their_times(tmp_path: Path) -> None:
    path = tmp_path / "fall.mcap"
    with Recorder(path, "fall_forward", EPOCH_NS) as recorder:
        result = run_scenario("fall_forward", 3, "keypoints", [recorder.add])
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        found: dict[str, list] = {}
        for _, channel, record, message in reader.iter_decoded_messages():
            found.setdefault(channel.topic, []).append((record.log_time, message))
        assert reader.get_header().profile == "ros2"
    assert len(found["/carebot_sim/people"]) == result.pictures
    person = next(message.people[0] for _, message in found["/carebot_sim/people"] if message.people)
    assert len(person.keypoints) == 51
    alerts = found["/carebot_sim/fall_alerts"]
    assert [message.reason for _, message in alerts] == [alarm.reason for alarm in result.alarms]
    at_s = [(log_time - EPOCH_NS) / 1e9 for log_time, _ in alerts]
    assert at_s == pytest.approx([alarm.time_s for alarm in result.alarms])
    truth = found["/carebot_sim/ground_truth"][-1][1]
    assert truth.scenario == "fall_forward"
    assert truth.fell
    assert truth.hit_floor
    scans = [message for _, message in found["/carebot_sim/scan"]]
    assert len(scans) == result.pictures
    assert all(len(scan.ranges) > 100 and min(scan.ranges) < scan.range_max for scan in scans)
    pull_m_s2 = [message.linear_acceleration.z for _, message in found["/carebot_sim/imu"]]
    assert pull_m_s2[-1] == pytest.approx(9.81, abs=0.5)


@pytest.mark.parametrize("name", ["run.bag", "no_such_folder/run.mcap"])
def test_what_cannot_be_recorded_into_is_refused_before_anything_is_played(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"\.mcap file in a folder that exists"):
        Recorder(tmp_path / name, "fall_forward", 0)
