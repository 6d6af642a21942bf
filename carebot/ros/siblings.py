"""The processes of a robot that runs on this machine, found by their command lines; for faults on purpose."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

MODULE = "carebot.ros.process"
DOMAIN = "ROS_DOMAIN_ID"


def processes_of(robot: str, node: str) -> list[int]:
    """The process ids of those of this user's that run `node` for `robot` in this process's ROS domain."""
    own = os.environ.get(DOMAIN)
    return [
        pid
        for pid, words in _command_lines()
        if MODULE in words and node in words and _is_of(robot, words) and _domain_of(pid) == own
    ]


class RobotProcesses:
    """Signals for the processes of one robot; `watch` is the process of the falls node."""

    def __init__(self, robot: str) -> None:
        self._robot = robot.strip("/")

    def kill(self, process: str) -> None:
        self._send(process, signal.SIGKILL)

    def hang(self, process: str) -> None:
        self._send(process, signal.SIGSTOP)

    def go_on(self, process: str) -> None:
        self._send(process, signal.SIGCONT)

    def _send(self, process: str, number: signal.Signals) -> None:
        for pid in processes_of(self._robot, _node_of(process)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # it ended by itself


def _node_of(process: str) -> str:
    return "falls" if process == "watch" else process


def _is_of(robot: str, words: list[str]) -> bool:
    return f"__ns:=/{robot}" in words


def _domain_of(pid: int) -> str | None:
    try:
        settings = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return None  # it has ended meanwhile
    return next((text.partition("=")[2] for text in settings if text.startswith(f"{DOMAIN}=")), None)


def _command_lines() -> Iterator[tuple[int, list[str]]]:
    own = os.getuid()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == own and int(folder.name) != os.getpid():
                yield int(folder.name), (folder / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile
