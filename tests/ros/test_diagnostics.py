from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray

from carebot.ros.diagnostics import Diagnostics, Health, Level


def test_health_is_published_again_and_again_with_its_values(peer) -> None:
    health = [Health("camera", Level.WARN, "is black", {"age_s": 0.123456789, "frames": 7})]
    diagnostics = Diagnostics(peer, lambda: health)
    heard = peer.collect(DiagnosticArray, "diagnostics")
    peer.wait_until(lambda: len(heard) >= 2, "two reports")
    [status] = heard[0].status
    assert (status.name, status.level, status.message) == ("peer: camera", Level.WARN.value, "is black")
    assert {value.key: value.value for value in status.values} == {"age_s": "0.123457", "frames": "7"}
    assert status.hardware_id == "test_robot"

    health[:] = [Health("camera", Level.OK, "sees")]
    diagnostics.publish_now()
    peer.wait_until(lambda: heard[-1].status[0].message == "sees", "the change at once")
