"""`kill -9` of the care node at random moments: whatever a subscriber heard is there after the restart."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.ros.conftest import Peer
from tests.ros.test_care_node import Caregiver

KILLS = 12


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_no_alert_that_was_heard_is_lost(peer: Peer, start):
    randomness = random.Random(7)
    caregiver = Caregiver(peer)
    heard: dict[str, int] = {}
    number = 0
    for _ in range(KILLS):
        care = start(care={})
        caregiver.lists.clear()
        peer.wait_until(lambda: caregiver.lists, "care after a restart")
        now = {alert.id: alert.revision for alert in caregiver.alerts()}
        assert all(now.get(alert_id, 0) >= revision for alert_id, revision in heard.items())
        kill_at_s = time.monotonic() + randomness.uniform(0.0, 0.4)
        while time.monotonic() < kill_at_s:
            number += 1
            caregiver.tell(number)
            peer.spin(randomness.uniform(0.0, 0.02))
        care.child.send(signal.SIGKILL)
        care.wait()
        for _ in range(20):
            peer.spin(0.01)
        for message in caregiver.lists:
            heard |= {alert.id: alert.revision for alert in message.alerts}
    start(care={})
    caregiver.lists.clear()
    peer.wait_until(lambda: caregiver.lists, "care after the last restart")
    final = {alert.id: alert.revision for alert in caregiver.alerts()}
    print(f"{KILLS} kills, {number} falls told, {len(heard)} alerts heard, {len(final)} kept")
    assert len(heard) > KILLS
    assert all(final.get(alert_id, 0) >= revision for alert_id, revision in heard.items())
