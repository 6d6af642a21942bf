"""A whole shift by the robot's API: the schedule, a routine, and alerts until they are over or somebody took over.

    CAREBOT_TOKEN=carebot_... python shift.py https://robot.local:8080 --ca ca.pem --routine come_here --colleague Ben

needs httpx, the robot's own authority (https://robot.local:8080/ca.pem; compare its SHA-256 with what `carebot tablet
certificate` prints), and a token with the scopes alerts:read, alerts:answer, routines:run and schedule:read.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx

POLL_S = 0.5


class Shift:
    def __init__(self, api: httpx.Client, colleague: str, patience_s: float) -> None:
        self.api, self.colleague, self.patience_s = api, colleague, patience_s

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the robot answers. With its key a command that is sent again after a lost connection acts once."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        for tries_left in (2, 1, 0):
            try:
                answer = self.api.request(method, f"/api/v1/{path}", json=body, headers=headers)
                break
            except httpx.TransportError as error:
                if not tries_left:
                    raise SystemExit(f"No connection to the robot: {error}") from None
        if answer.is_error:
            raise SystemExit(f"The robot refuses ({answer.status_code}): {answer.json()['detail']}")
        return dict(answer.json())

    def look_at_schedule(self) -> None:
        for due in self.ask("GET", "schedule/occurrences")["occurrences"][:5]:
            print(f"due {due['due_at']}: {due['routine']} ({due['verdict']})", flush=True)

    def run_routine(self, name: str) -> None:
        """Start it and wait until it is over."""
        run, told = self.ask("POST", f"routines/{name}/runs", {"parameters": {}})["run"], ""
        while found := next((each for each in self.ask("GET", "runs")["runs"] if each["run"] == run), None):
            if (says := found["waits"] or found["told"]) != told:
                told = says
                print(f"{name}: {told}", flush=True)
            time.sleep(POLL_S)
        print(f"{name} is over", flush=True)

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What happens, from server-sent events; where the connection is lost, it is opened anew."""
        while True:
            try:
                with self.api.stream("GET", "/api/v1/events", timeout=10.0) as stream:
                    stream.raise_for_status()
                    name = ""
                    for line in stream.iter_lines():
                        key, _, value = line.partition(": ")
                        name = value if key == "event" else name
                        if key == "data":
                            yield name, json.loads(value)
            except httpx.TransportError as error:
                print(f"no connection ({error}): trying again", flush=True)
                time.sleep(POLL_S)

    def answer_alerts(self, number: int) -> None:
        """Until so many alerts were seen to."""
        seen: set[str] = set()
        for name, alert in self.events():
            if name == "alert" and alert["state"] == "confirmed" and alert["id"] not in seen:
                seen.add(alert["id"])
                self.see_to(alert)
            if len(seen) == number:
                return

    def see_to(self, alert: dict[str, Any]) -> None:
        """Come, ask the colleague to take over, and end it with a note where they do not."""
        path = f"alerts/{alert['id']}"
        self.ask("POST", f"{path}/answer", {"answer": "acknowledge"})
        print(f"ALERT {alert['reason']}: I am coming", flush=True)
        if self.colleague:
            self.ask("POST", f"{path}/answer", {"answer": "hand_over", "to": self.colleague})
            until_s = time.monotonic() + self.patience_s
            while time.monotonic() < until_s:
                if self.ask("GET", path)["acknowledged_by"] == self.colleague:
                    print(f"{self.colleague} has taken over", flush=True)
                    return
                time.sleep(POLL_S)
        self.ask("POST", f"{path}/answer", {"answer": "real", "note": "Helped up, drank some water."})
        print("resolved", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("robot", help="its address")
    parser.add_argument("--ca", required=True, help="the robot's own certificate authority")
    parser.add_argument("--routine", default="come_here", help="one that needs nothing")
    parser.add_argument("--colleague", default="", help="whom to ask to take over")
    parser.add_argument("--patience-s", type=float, default=60.0, help="how long they have")
    parser.add_argument("--alerts", type=int, default=1, help="the shift ends after so many")
    given = parser.parse_args()
    headers = {"Authorization": f"Bearer {os.environ['CAREBOT_TOKEN']}"}
    with httpx.Client(base_url=given.robot, headers=headers, verify=ssl.create_default_context(cafile=given.ca)) as api:
        shift = Shift(api, given.colleague, given.patience_s)
        shift.look_at_schedule()
        shift.run_routine(given.routine)
        shift.answer_alerts(given.alerts)


if __name__ == "__main__":
    main()
