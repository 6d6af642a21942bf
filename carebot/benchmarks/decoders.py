"""How fast each motor controller's protocol is decoded: what a minute of driving brought, decoded again and again."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any

from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.registry import Controller, controllers

_DRIVEN_S = 5.0
_PERIOD_S = 0.02


@dataclass(frozen=True, slots=True)
class DecoderSpeed:
    """CPU time alone, on one core."""

    frames_per_s: float
    mb_per_s: float


class _Recorder:
    """Stands before a decoder and remembers what it was asked."""

    def __init__(self, decoder: Any) -> None:
        self.fresh = copy.deepcopy(decoder)
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._decoder = decoder

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._decoder, name)
        if not callable(found):
            return found

        def call(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return found(*arguments)

        return call


def measure_all(seconds: float = 1.0) -> dict[str, DecoderSpeed]:
    """Each registered protocol, `seconds` of CPU time for each."""
    return {name: _measure(kind, seconds) for name, kind in controllers().items()}


def _measure(kind: Controller, seconds: float) -> DecoderSpeed:
    recorder = _recorded(kind)
    size = sum(len(arguments[0]) for name, arguments in recorder.calls if name == "feed")
    frames = rounds = 0
    spent_s = 0.0
    while spent_s < seconds:
        decoder = copy.deepcopy(recorder.fresh)
        todo = [(getattr(decoder, name), arguments) for name, arguments in recorder.calls]
        began_s = time.process_time()
        for call, arguments in todo:
            call(*arguments)
        spent_s += time.process_time() - began_s
        frames += decoder.counters.good_frames
        rounds += 1
    return DecoderSpeed(frames / spent_s, rounds * size / spent_s / 1e6)


def _recorded(kind: Controller) -> _Recorder:
    """Drive the fake through the real driver in virtual time."""
    clock = ManualClock(1.0)
    settings = kind.settings(port="virtual")
    loopback = Loopback(Line(kind.fake(settings)), clock)
    controller = kind.driver(settings, clock, loopback.open)
    controller.open()
    controller.identify()
    controller.arm()
    inside: Any = controller
    recorder = _Recorder(inside._decoder)
    inside._decoder = recorder
    ends_s = clock.now_s() + _DRIVEN_S
    while clock.now_s() < ends_s:
        controller.send_speeds((3.0,) * settings.motor_count, 0.2, clock.now_s())
        for _ in range(4):
            clock.advance(_PERIOD_S / 4)
            loopback.pass_time()
        controller.poll(clock.now_s())
    return recorder
