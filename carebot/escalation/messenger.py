"""The messenger: a process beside care that delivers parcels, one child for each, and outlives a killed care.

    python -m carebot.escalation.messenger FOLDER [TIME_LIMIT_S]

Parcels come as JSON lines on standard input, results leave as JSON lines on standard output, and both are in the spool
before that. Each delivery is a forked child, so that a service that hangs holds up nobody, and can be ended: after the
time limit it is interrupted, and killed where even that hangs. When care is gone (standard input ends), deliveries
under way are finished, and then the messenger ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from carebot.escalation.delivery import Parcel, deliver
from carebot.escalation.spool import Result, Spool

TIME_LIMIT_S = 20.0
GRACE_S = 5.0
MOST_CHILDREN = 16
POLL_S = 0.02


class _OutOfTimeError(BaseException):
    """A delivery took too long; no Exception, because Apprise catches those of its plugins."""


class Messenger:
    """The loop of that process."""

    def __init__(self, spool: Spool, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._spool, self._time_limit_s = spool, time_limit_s
        self._buffer = b""
        self._is_open = True
        self._waiting: list[Parcel] = []
        self._children: dict[int, tuple[Parcel, float]] = {}

    def run(self) -> None:
        """Until standard input ends and all is delivered or given up."""
        while self._is_open or self._waiting or self._children:
            self._read()
            self._begin()
            self._reap()

    def _read(self) -> None:
        if not self._is_open:
            time.sleep(POLL_S)
            return
        wait_s = POLL_S if self._children else 1.0
        if not select.select([0], [], [], wait_s)[0]:
            return
        chunk = os.read(0, 65536)
        self._is_open = bool(chunk)
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            self._waiting.append(Parcel(**json.loads(line)))

    def _begin(self) -> None:
        while self._waiting and len(self._children) < MOST_CHILDREN:
            parcel = self._waiting.pop(0)
            child = os.fork()
            if child == 0:
                _deliver_and_exit(self._spool, parcel, self._time_limit_s)
            self._children[child] = (parcel, time.monotonic())

    def _reap(self) -> None:
        for child, (parcel, begun_s) in list(self._children.items()):
            if os.waitpid(child, os.WNOHANG)[0]:
                del self._children[child]
                self._tell(parcel)
            elif time.monotonic() - begun_s > self._time_limit_s + GRACE_S:
                os.kill(child, signal.SIGKILL)

    def _tell(self, parcel: Parcel) -> None:
        """Wake care up; the spool is what it reads."""
        with contextlib.suppress(OSError):  # care is gone
            os.write(1, parcel.key.encode() + b"\n")


def _deliver_and_exit(spool: Spool, parcel: Parcel, time_limit_s: float) -> NoReturn:
    """In the child: claim, deliver, write down how it ended."""
    status = 1
    try:
        os.setsid()
        lock = spool.claim(parcel.key)
        if lock is not None:
            spool.end(Result(parcel.key, _in_time(parcel, time_limit_s), time.time()))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _in_time(parcel: Parcel, time_limit_s: float) -> str:
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.setitimer(signal.ITIMER_REAL, time_limit_s, 1.0)  # again, where something swallowed it
    try:
        return deliver(parcel)
    except _OutOfTimeError:
        return f"It was not sent: the service did not answer within {time_limit_s:g} s."
    except Exception as error:  # noqa: BLE001 - a plugin's failure is an outcome of the delivery
        return f"It was not sent: {type(error).__name__}: {error}"[:300]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _on_alarm(_number: int, _frame: FrameType | None) -> None:
    raise _OutOfTimeError


def _warm_up() -> None:
    """Load what deliveries need, once, before the first emergency."""
    with contextlib.suppress(ImportError):  # relays work without it, and each delivery says what is missing
        import apprise

        for address in ("json://localhost", "mailto://user:pass@localhost", "mqtt://localhost/topic"):
            apprise.Apprise().add(address)


def main() -> None:
    """The program."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # care says when: by closing the pipe
    spool = Spool(Path(sys.argv[1]))
    spool.prepare()
    _warm_up()
    Messenger(spool, float(sys.argv[2]) if len(sys.argv) > 2 else TIME_LIMIT_S).run()


if __name__ == "__main__":
    main()
