"""A caregiver's app, as simple as can be: it pairs with the PIN and listens for alerts over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator

import httpx

from carebot.errors import SetupError
from carebot.tablet.invitation import Invitation

NAME = "carebot demo"
RETRY_S = 0.5


class TabletClient:
    """Calls `on_alert` in its own thread with each alert (the JSON of the API) that the tablet's event stream sends."""

    def __init__(self, invitation: Invitation, on_alert: Callable[[dict[str, object]], None]) -> None:
        """Pairs; raises SetupError where that is refused."""
        self._on_alert = on_alert
        self._stopping = threading.Event()
        self._http = httpx.Client(base_url=invitation.url, timeout=httpx.Timeout(5.0), trust_env=False)
        answer = self._http.post("/api/v1/pair", json={"pin": invitation.pin, "name": NAME})
        if answer.status_code >= 400:
            raise SetupError(f"The tablet at {invitation.url} refused the PIN ({answer.status_code}): start again.")
        self._http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        self._thread = threading.Thread(target=self._listen, name="tablet-client", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=6.0)
        self._http.close()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._http.stream("GET", "/api/v1/events") as stream:
                    for alert in self._until_stopped(alerts_in(stream.iter_lines())):
                        self._on_alert(alert)
            except httpx.HTTPError:  # the tablet's process may be starting anew
                self._stopping.wait(RETRY_S)

    def _until_stopped(self, alerts: Iterator[dict[str, object] | None]) -> Iterator[dict[str, object]]:
        for alert in alerts:
            if self._stopping.is_set():
                return
            if alert is not None:
                yield alert


def alerts_in(lines: Iterable[str]) -> Iterator[dict[str, object] | None]:
    """The alerts in a stream of server-sent events; None for every other event."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield json.loads(line.removeprefix("data: ")) if name == "alert" else None
