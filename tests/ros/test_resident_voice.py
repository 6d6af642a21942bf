"""A simulated resident answers the real conversation node, over real ROS."""

from __future__ import annotations

from pathlib import Path

import pytest
from carebot_interfaces.action import Ask
from carebot_interfaces.msg import Utterance
from rclpy.action import ActionClient

from carebot.ros import qos

SCENARIO = """
description: Stands; mumbles first, then answers.
script: [{stand: 60}]
answers:
  - {says: "hm well now", after_s: 0.2}
  - {says: "Yes, I am fine", after_s: 0.2}
  - {to: medicine, says: no, after_s: 0.2}
"""


@pytest.mark.slow
def test_resident_answers_each_question_by_the_script(peer, start, tmp_path: Path) -> None:
    path = tmp_path / "talks.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    heard = peer.collect(Utterance, "utterances", qos.SPOKEN_ONCE)
    client = ActionClient(peer, Ask, "ask")
    start(
        simulation={"scenario": str(path), "width_px": 64, "height_px": 64, "fps": 1.0},
        conversation={"speaker": "none", "language": "en"},
    )
    peer.wait_until(client.server_is_ready, "the conversation node")
    peer.wait_until(lambda: peer.count_publishers("typed_utterances"), "the resident")

    well = _ask(peer, client, "Are you all right?", ["fine", "help"])
    assert (well.answer, well.heard, well.means) == ("fine", "Yes, I am fine", "voice")
    assert well.times_asked == 2
    taken = _ask(peer, client, "Have you taken your medicine?", ["yes", "no"])
    assert (taken.answer, taken.times_asked) == ("no", 1)
    peer.wait_until(lambda: len(heard) == 3, "all that was heard")
    assert [each.text for each in heard] == ["hm well now", "Yes, I am fine", "no"]
    again = _ask(peer, client, "Are you all right?", ["fine", "help"], patience_s=0.5)
    assert again.answer == "none", "each answer is given once"


def _ask(peer, client: ActionClient, question: str, answers: list[str], patience_s: float = 10.0) -> Ask.Result:
    goal = Ask.Goal(question=question, language="en", answers=answers, patience_s=patience_s, repeats=1)
    sending = client.send_goal_async(goal)
    peer.wait_until(sending.done, "an answer to the goal")
    result = sending.result().get_result_async()
    peer.wait_until(result.done, "the outcome")
    return result.result().result
