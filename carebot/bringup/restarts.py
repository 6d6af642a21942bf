"""When a process that died is started again; pure, time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

BAD_INPUT = 2
"""The exit code with which a node says that what the user gave cannot be used."""


@dataclass(frozen=True, slots=True)
class RestartParameters:
    """How patient the supervisor is; all in seconds."""

    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    good_life_s: float = 60.0
    """Who lived this long has recovered: the next pause is the first one again."""


class Restarts:
    """The pauses of one process: each is twice the one before, up to the longest."""

    def __init__(self, parameters: RestartParameters | None = None) -> None:
        self._parameters = parameters or RestartParameters()
        self._pause_s = self._parameters.first_pause_s
        self._deaths = 0

    @property
    def deaths(self) -> int:
        """How often it has died."""
        return self._deaths

    def is_hopeless(self, exit_code: int) -> bool:
        """Whether to give up: its first start found bad input, and whoever typed that is still there to hear it."""
        return self._deaths == 0 and exit_code == BAD_INPUT

    def pause_after(self, lived_s: float) -> float:
        """How long to wait before the next start of a process that has just died after `lived_s`."""
        if lived_s >= self._parameters.good_life_s:
            self._pause_s = self._parameters.first_pause_s
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, self._parameters.longest_pause_s)
        self._deaths += 1
        return pause_s
