"""The two nodes that go with Gazebo, as real processes; this test speaks in the bridge's place."""

from __future__ import annotations

import os

import pytest
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Empty, Float64

from carebot.simulation.puppet import JOINT_NAMES

STANDS_AND_FAINTS = """description: stands, then faints
start: {at: [3.0, 0.0], facing_deg: 0}
script:
  - stand: 1.0
  - fall: faint
"""


@pytest.mark.slow
def test_the_resident_is_led_then_let_go_and_limp(peer, start, tmp_path) -> None:
    scenario = tmp_path / "faints.yaml"
    scenario.write_text(STANDS_AND_FAINTS, encoding="utf-8")
    knee, height = (peer.collect(Float64, f"resident/{name}") for name in ("left_knee_flexion", "guide/z"))
    let_go = peer.collect(Empty, "resident/let_go")
    joints = peer.create_publisher(JointState, "resident/joint_states", qos_profile_sensor_data)
    state = JointState(name=list(JOINT_NAMES), position=[0.1] * len(JOINT_NAMES))
    running = start(resident={"scenario": str(scenario)})

    def told() -> bool:
        joints.publish(state)
        return bool(let_go)

    peer.wait_until(told, "the guide to let go")
    assert len(height) > 10, "it was led before"
    assert all(abs(message.data) < 0.05 for message in height)
    for _ in range(100):
        told()
        peer.spin(0.02)
    assert len(let_go) == 1
    assert knee[-1].data == pytest.approx(0.1, abs=0.05), "aimed where it is: limp"
    assert running.stop() == 0
    assert any("walking" not in line and "falling" in line for line in running.lines), running.lines


@pytest.mark.slow
def test_contacts_are_told_as_touched_or_not(peer, start, tmp_path, monkeypatch) -> None:
    """The bridge's messages are not here: any message stands for its own, whose content does not matter."""
    package = tmp_path / "packages" / "ros_gz_interfaces" / "msg"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").write_text("from std_msgs.msg import Empty as Contacts\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "packages"), os.environ.get("PYTHONPATH", "")]))
    bumper = peer.collect(Bool, "bumper")
    contacts = peer.create_publisher(Empty, "bumper_contacts", qos_profile_sensor_data)
    running = start(gazebo={})
    peer.wait_until(lambda: bumper, "the bumper")
    assert not bumper[-1].data

    def pressed() -> bool:
        contacts.publish(Empty())
        return bumper[-1].data

    peer.wait_until(pressed, "the touch")
    peer.wait_until(lambda: not bumper[-1].data, "the release")
    assert running.stop() == 0


@pytest.mark.slow
def test_without_the_bridges_messages_the_start_ends_in_a_sentence(start) -> None:
    running = start(gazebo={})
    assert running.wait() == 1
    assert any("ros_gz_bridge" in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines)
