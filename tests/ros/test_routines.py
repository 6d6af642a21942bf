"""Routines over real ROS: the real care node, with a conversation and a navigation of a few lines beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import Ask, GoTo, RunRoutine, Say
from carebot_interfaces.msg import Alerts, FallAlert, People, Person, RoutineRuns
from carebot_interfaces.srv import AnswerRoutine
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.task import Future
from sensor_msgs.msg import BatteryState
from std_msgs.msg import String

from carebot.benchmarks.receiver import phones
from carebot.escalation.plan import TABLET
from carebot.ros import qos
from carebot.ros.convert import fall_event_to_msg
from carebot.ros.routine_server import _given
from carebot.routines.parameters import GivenError
from carebot.tablet.invitation import read_invitation
from tests.records.helpers import fall_event
from tests.ros.conftest import ROBOT, Peer, Running
from tests.ros.test_tablet_node import answers, free_port
from tests.routines.world import in_all, routine_file

ROOMS = [
    {"name": "bedroom", "polygon": [[0, 0], [4, 0], [4, 4], [0, 4]]},
    {"name": "kitchen", "polygon": [[4, 0], [8, 0], [8, 4], [4, 4]]},
]
TEXTS = {"hello": in_all("Hello."), "how": in_all("How are you?"), "fine": in_all("Good."), "told": in_all("Told.")}
BODY = [
    {"go": "kitchen"},
    {"say": "hello"},
    {"ask": {"text": "how", "expect": ["fine", "help"]}, "when": {"fine": [{"say": "fine"}]}},
]


class Rest:
    """The rest of the robot: everything it was asked for is in `log`. What is in `hanging` never ends by itself."""

    def __init__(self, peer: Peer) -> None:
        self.peer, self.log, self.hanging = peer, list[tuple[str, str]](), set[str]()
        self.answer, self.called_off = "fine", list[str]()
        self.kinds: list[str] = []
        self._open: list[Future] = []
        self._servers: list[ActionServer] = []

    def conversation(self) -> None:
        self._serve(Say, "say", lambda goal: goal.text, lambda: Say.Result(is_said=True))
        self._serve(Ask, "ask", lambda goal: goal.question, lambda: Ask.Result(answer=self.answer, means="voice"))

    def navigation(self) -> None:
        self._serve(GoTo, "go_to", self._destination, lambda: GoTo.Result(arrived=True))

    def _destination(self, goal: GoTo.Goal) -> str:
        self.kinds.append(goal.kind)
        return goal.name

    def close(self) -> None:
        for future in self._open:
            if not future.done():
                future.set_result(None)
        for _ in range(20):
            self.peer.spin(0.01)
        for server in self._servers:
            server.destroy()

    def _serve(self, kind: Any, name: str, about: Any, result: Any) -> None:
        async def execute(handle: Any) -> Any:
            self.log.append((name, about(handle.request)))
            if name in self.hanging:
                await self._cancelled(handle)
                if handle.is_cancel_requested:
                    self.called_off.append(name)
                    handle.canceled()
                else:
                    handle.abort()
                return kind.Result()
            handle.succeed()
            return result()

        cancel = lambda handle: CancelResponse.ACCEPT  # noqa: E731
        self._servers.append(ActionServer(self.peer, kind, name, execute, cancel_callback=cancel))

    async def _cancelled(self, handle: Any) -> None:
        done = Future()
        self._open.append(done)

        def look() -> None:
            if handle.is_cancel_requested and not done.done():
                done.set_result(None)

        timer = self.peer.create_timer(0.05, look)
        await done
        timer.cancel()


class Asker:
    """Whoever wants a routine."""

    def __init__(self, peer: Peer) -> None:
        self.peer, self.feedback = peer, list[Any]()
        self.lists = peer.collect(RoutineRuns, "routines", qos.ROUTINES)
        self.client = ActionClient(peer, RunRoutine, "run_routine")
        self.words = peer.create_client(AnswerRoutine, "answer_routine")

    def send(self, name: str, **given: str) -> Any:
        self.peer.wait_until(self.client.server_is_ready, "the action server")
        goal = RunRoutine.Goal(name=name, started_by="Aiko")
        goal.parameter_names, goal.parameter_values = list(given), list(given.values())
        sent = self.client.send_goal_async(goal, lambda message: self.feedback.append(message.feedback))
        self.peer.wait_until(sent.done, "an answer to the goal")
        return sent.result()

    def result(self, handle: Any) -> Any:
        waiting = handle.get_result_async()
        self.peer.wait_until(waiting.done, "the result")
        return waiting.result()

    def runs(self) -> dict[str, str]:
        return {run.routine: run.state for run in self.lists[-1].runs} if self.lists else {}

    def answer(self, answer: str, by: str, run: str = "") -> AnswerRoutine.Response:
        self.peer.wait_until(self.words.service_is_ready, "the service")
        named = run or self.lists[-1].runs[0].run
        future = self.words.call_async(AnswerRoutine.Request(run=named, answer=answer, by=by))
        self.peer.wait_until(future.done, "an answer")
        return future.result()


@pytest.fixture
def rest(peer: Peer) -> Iterator[Rest]:
    made = Rest(peer)
    yield made
    made.close()


@pytest.fixture
def asker(peer: Peer) -> Iterator[Asker]:
    made = Asker(peer)
    yield made
    made.client.destroy()


@pytest.fixture
def care(start, tmp_path: Path):
    """`care(trial={...})` starts care with those routines; again, it is a restart with the same records."""
    folder = tmp_path / "own"
    folder.mkdir()

    def _care(address: str = "", **routines: dict[str, Any]) -> Running:
        for name, content in routines.items():
            routine_file(folder, {"texts": TEXTS, **content}, name)
        site: dict[str, Any] = {"rooms": ROOMS}
        if address:
            reach = {"tablet": address} if address == TABLET else {"phone": f"{address}/Aiko"}
            site["caregivers"] = [{"name": "Aiko", "reach": reach}]
            site["escalation"] = {"default": [{"tell": [{"who": "Aiko"}], "for_s": 3600}]}
        path = tmp_path / "site.yaml"
        path.write_text(yaml.safe_dump(site), encoding="utf-8")
        records = str(tmp_path / "records" / "records.sqlite")
        return start(care={"site": str(path), "records": records, "routines": str(folder)})

    return _care


def test_somebody_is_followed_until_the_time_is_over(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    rest.navigation()
    rest.hanging.add("go_to")
    care(trial={"do": [{"follow": {"for_s": 5}}, {"say": "hello"}]})
    answer = asker.result(asker.send("trial"))
    assert (answer.result.is_done, answer.result.reason) == (True, "")
    assert rest.kinds == ["follow"]
    peer.wait_until(lambda: rest.called_off == ["go_to"], "following called off")
    assert rest.log == [("go_to", ""), ("say", "Hello.")]


def test_a_routine_is_run_over_say_ask_and_go_to(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    rest.navigation()
    node = care(trial={"do": BODY})
    answer = asker.result(asker.send("trial"))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert (answer.result.is_done, answer.result.reason) == (True, "")
    assert rest.log == [("go_to", "kitchen"), ("say", "Hello."), ("ask", "How are you?"), ("say", "Good.")]
    assert ("go", "drives to: kitchen") in [(each.step, each.told) for each in asker.feedback]
    peer.wait_until(lambda: asker.lists and not asker.lists[-1].runs)
    assert node.stop() == 0


def test_what_makes_no_sense_is_refused_in_words(peer: Peer, rest: Rest, asker: Asker, care):
    care(trial={"do": BODY, "parameters": {"n": {"kind": "number", "least": 1, "most": 3, "default": 1}}})
    for name, given, words in (
        ("nonsense", {}, "there is no routine 'nonsense'"),
        ("trial", {"n": "9"}, "n is 9: at most 3 is allowed"),
        ("trial", {"n": "{["}, "not as it would be written in YAML"),
        ("trial", {"m": "1"}, "there is no parameter 'm'"),
    ):
        answer = asker.result(asker.send(name, **given))
        assert answer.status == GoalStatus.STATUS_ABORTED
        assert words in answer.result.reason
    goal = RunRoutine.Goal(name="trial", parameter_names=["n"])
    sent = asker.client.send_goal_async(goal)
    peer.wait_until(sent.done)
    assert "1 names and 0 values" in asker.result(sent.result()).result.reason
    assert "no run" in asker.answer("cancel", "Aiko", run="nonsense").message
    assert "unknown" in asker.answer("dance", "Aiko", run="nonsense").message


@pytest.mark.parametrize("value", ["2024-13-45", "[" * 3000, "{a: 1, a: 2}"])
def test_a_value_that_is_no_yaml_is_refused_in_words(value: str):
    with pytest.raises(GivenError, match="as it would be written in YAML"):
        _given(RunRoutine.Goal(parameter_names=["medicine"], parameter_values=[value]))


def test_a_missing_conversation_ends_the_step_with_a_reason(peer: Peer, rest: Rest, asker: Asker, care):
    rest.navigation()
    care(trial={"do": BODY})
    answer = asker.result(asker.send("trial"))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.reason == "say: the conversation does not answer"


def test_a_missing_navigation_ends_the_step_with_a_reason(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    care(trial={"do": [{"selector": [{"go": "kitchen"}, {"say": "hello"}]}]})
    assert asker.result(asker.send("trial")).result.is_done
    assert rest.log == [("say", "Hello.")]


def test_called_off_the_robot_stops_going_there(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    rest.navigation()
    rest.hanging = {"go_to"}
    care(trial={"do": BODY})
    handle = asker.send("trial")
    peer.wait_until(lambda: rest.log, "the robot on its way")
    handle.cancel_goal_async()
    answer = asker.result(handle)
    assert answer.status == GoalStatus.STATUS_CANCELED
    assert answer.result.reason == "Aiko cancelled it"
    peer.wait_until(lambda: rest.called_off == ["go_to"], "the trip called off")
    assert rest.log == [("go_to", "kitchen")]


def test_what_was_said_is_not_said_again_after_a_kill(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    rest.navigation()
    body = [{"go": "kitchen"}, {"say": "hello"}, {"ask": {"text": "how"}}, {"say": "fine"}]
    rest.hanging = {"ask"}
    node = care(trial={"do": body})
    asker.send("trial")
    peer.wait_until(lambda: ("ask", "How are you?") in rest.log, "the question")
    node.stop(signal.SIGKILL)
    rest.hanging.clear()
    asker.lists.clear()
    care()
    again = ("ask", "Excuse me, I was interrupted. How are you?")
    peer.wait_until(lambda: ("say", "Good.") in rest.log, "the routine taken up")
    assert rest.log.count(("say", "Hello.")) == 1
    assert again in rest.log
    assert rest.log.count(("go_to", "kitchen")) == 2  # back to where it was
    peer.wait_until(lambda: asker.lists and not asker.lists[-1].runs, "its end")


def test_a_confirmed_fall_interrupts_and_the_other_goes_on_later(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    rest.navigation()
    people = peer.create_publisher(People, "people", qos.PEOPLE)
    falls = peer.create_publisher(FallAlert, "fall_alerts", qos.FALL_ALERTS)
    with phones() as rung:
        care(rung.address, trial={"priority": "scheduled", "do": [{"wait": 3600}]})
        asker.send("trial")
        peer.wait_until(lambda: asker.runs() == {"trial": "running"})
        falls.publish(fall_event_to_msg(fall_event("confirmed", time_s=10.0, fall_id=1), "run"))
        peer.wait_until(lambda: asker.runs().get("fall_response") == "running", "the robot on its way to the fall")
        assert asker.runs()["trial"] == "suspended"

        def asked() -> bool:
            people.publish(People(people=[Person(track_id=1, confidence=0.9)]))
            return ("ask", "Are you all right?") in rest.log

        peer.wait_until(asked, "the question")
        peer.wait_until(lambda: any("says that they are all right" in each.message for each in rung.letters))
        run = next(each.run for each in asker.lists[-1].runs if each.routine == "fall_response")
        assert asker.answer("cancel", "Ben", run=run).accepted
        peer.wait_until(lambda: asker.runs() == {"trial": "running"})


def test_a_caregiver_agrees(peer: Peer, rest: Rest, asker: Asker, care):
    rest.conversation()
    with phones() as rung:
        approval = {"by": "Aiko", "within_s": 300, "otherwise": "skip"}
        care(rung.address, trial={"needs_approval": approval, "do": [{"say": "hello"}, {"notify": "told"}]})
        handle = asker.send("trial")
        peer.wait_until(lambda: asker.lists and asker.lists[-1].runs and asker.lists[-1].runs[0].needs_approval)
        peer.wait_until(lambda: rung.paths() == ["/Aiko"], "Aiko asked")
        assert asker.lists[-1].runs[0].approval_of == "Aiko"
        assert "Aiko" in asker.answer("approve", "Ben").message
        assert rest.log == []
        assert asker.answer("approve", "Aiko").accepted
        assert asker.result(handle).result.is_done
        peer.wait_until(lambda: rung.paths() == ["/Aiko", "/Aiko"], "the message")
        assert rung.letters[-1].message.startswith("Told.")


def test_whoever_is_reached_by_tablet_reads_there_what_a_routine_tells(
    peer: Peer, rest: Rest, asker: Asker, care, start
):
    heard: list[Alerts] = []
    alerts = peer.create_subscription(Alerts, "alerts", heard.append, qos.ALERTS)
    told = {"do": [{"notify": "told"}]}
    node, port = care(TABLET, trial=told), free_port()
    assert asker.result(asker.send("trial")).result.is_done
    peer.wait_until(lambda: heard and heard[-1].news, "the news")
    node.child.send(signal.SIGKILL)
    heard.clear()
    care(TABLET)
    start(tablet={"port": port})
    peer.wait_until(lambda: heard and heard[-1].news, "the news after a restart")
    (news,) = heard[-1].news
    assert (news.who, news.body) == ("Aiko", "Told.")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
        peer.wait_until(lambda: answers(client) and read_invitation(port), "the tablet's server")
        invitation = read_invitation(port)
        assert invitation is not None
        client.post("/api/v1/pair", json={"pin": invitation.pin, "name": "Aiko"})
        peer.wait_until(lambda: news.id in client.get("/").text, "the news on the home page")
    peer.destroy_subscription(alerts)


def test_routines_that_cannot_be_used_are_refused_with_file_and_line(start, care, tmp_path: Path):
    node = care(trial={"do": [{"go": "attic"}]})
    assert node.wait() == 2
    assert any("trial.yaml, line" in line and "'attic'" in line for line in node.lines)
    assert not any("Traceback" in line for line in node.lines)


def carebot_routine(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from carebot.cli import main; main()"
    command = [sys.executable, "-c", code, "routine", "run", *arguments, "--robot", ROBOT]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_the_command_without_a_robot_is_one_sentence():
    done = carebot_routine("goodnight")
    assert done.returncode == 1
    assert done.stderr.strip() == f"carebot: no care answers at /{ROBOT}: start the robot, or name it with --robot."


def test_the_command_tells_why_it_was_not_done(care):
    care(trial={"do": [{"say": "hello"}]})
    done = carebot_routine("trial")
    assert (done.returncode, done.stdout.strip()) == (1, "not done: say: the conversation does not answer")


def test_a_low_battery_sends_the_robot_to_its_charger_once(peer: Peer, rest: Rest, asker: Asker, care):
    rest.navigation()
    battery = peer.create_publisher(BatteryState, "battery_state", 10)
    trigger = {"id": "battery_low", "when": {"battery_below": 0.3}, "for_s": 1, "again_after_s": 5}
    care(trial={"do": [{"go": "kitchen"}], "triggers": [trigger]})
    peer.wait_until(battery.get_subscription_count, "care")

    def drains() -> bool:
        battery.publish(BatteryState(percentage=0.1))
        return ("go_to", "kitchen") in rest.log

    peer.wait_until(drains, "the trip")
    for _ in range(60):
        drains()
        peer.spin(0.02)
    assert rest.log == [("go_to", "kitchen")]


def test_an_event_that_floods_starts_one_routine(peer: Peer, rest: Rest, asker: Asker, care):
    rest.navigation()
    events = peer.create_publisher(String, "routine_events", 10)
    care(trial={"do": [{"go": "kitchen"}], "triggers": [{"id": "bell", "when": {"event": "doorbell"}}]})
    peer.wait_until(events.get_subscription_count, "care")
    for _ in range(500):
        events.publish(String(data="doorbell"))
        events.publish(String(data="nonsense" * 100))
    peer.wait_until(lambda: rest.log, "the routine")
    events.publish(String(data="doorbell"))
    for _ in range(30):
        peer.spin(0.02)
    assert rest.log == [("go_to", "kitchen")]
