"""Looks at the robot all the time, whether or not a page is open: for replays, the days' course, and retention."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter

import nicegui

from carebot.errors import RecordsError
from carebot.records.activity import Doing
from carebot.tablet.posture import seen_doing
from carebot.tablet.replay import Replays
from carebot.tablet.rises import Rises
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

LOOK_S = 0.07
WRITE_S = 60.0
TIDY_S = 86400.0
PAUSE_S = 5.0
_LOG = logging.getLogger("carebot.tablet")


class Recorder:
    """`step` is told the time; `start` calls it while the server runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.replays = Replays()
        self.last_seen_s: float | None = None
        """When somebody was last seen (seconds since 1970 UTC), also before the server last started."""

        self._is_recalled = False
        self.doing = Doing.UNSEEN
        self._spent: Counter[Doing] = Counter()
        self._rises, self._times_up = Rises(), 0
        self._before_s: float | None = None
        self._written_s: float | None = None
        self._tidied_s: float | None = None

    def start(self) -> None:
        """Step from now on, in the server's own loop."""
        nicegui.app.on_startup(self._run)

    def step(self, view: RobotView, now_s: float) -> None:
        """Take note of one look at the robot."""
        self.replays.step(view, now_s)
        self.doing = Doing.UNSEEN if view.is_blind else seen_doing(view.people)
        if not self._is_recalled:
            self._recall(view.name)
        if self.doing is not Doing.UNSEEN:
            self.last_seen_s = self._services.books.now_s()
        is_one_alone = view.people is not None and len(view.people.people) == 1  # who else is there did not get up
        if is_one_alone and self._rises.see(self.doing, now_s):
            self._times_up += 1
        if self._before_s is not None:
            self._spent[self.doing] += min(now_s - self._before_s, PAUSE_S)  # type: ignore[assignment]
        self._before_s = now_s
        self._write(view.name, now_s)
        self._tidy(now_s)

    def _recall(self, robot: str) -> None:
        self._is_recalled = True
        try:
            self.last_seen_s = self._services.books.activity.last_seen_s(robot)
        except RecordsError as error:
            _LOG.warning("when somebody was seen last is not known: %s", error)

    def _write(self, robot: str, now_s: float) -> None:
        if self._written_s is None:
            self._written_s = now_s
        if now_s - self._written_s < WRITE_S:
            return
        self._written_s = now_s
        self._services.books.audit.settle()
        try:
            self._services.books.activity.add(
                robot, self._spent, self._services.books.now_s(), self.last_seen_s, self._times_up
            )
        except RecordsError as error:
            _LOG.warning("the day's course waits: %s", error)
            return
        self._spent.clear()
        self._times_up = 0

    def _tidy(self, now_s: float) -> None:
        self._tidied_s = now_s if self._tidied_s is None else self._tidied_s
        if now_s - self._tidied_s < TIDY_S:
            return
        self._tidied_s = now_s
        try:
            self._services.books.tidy()
        except RecordsError as error:
            _LOG.warning("what is over is kept until the disk is well again: %s", error)

    async def _run(self) -> None:
        while not self._services.is_stopping():
            self.step(self._services.robot.view(), time.monotonic())
            await asyncio.sleep(LOOK_S)
