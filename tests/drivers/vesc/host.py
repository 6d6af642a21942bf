"""Another host than carebot's driver: it puts payloads on the wire as a vendor's tools do, and reads what comes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from carebot.drivers.vesc import FakeVesc, VescSettings
from carebot.drivers.vesc.framing import FrameDecoder, to_bytes

GET_VALUES = b"\x04"
_PERIOD_S = 0.002
_REPEAT_S = 0.05


def fake(**settings: object) -> FakeVesc:
    return FakeVesc(VescSettings.model_validate({"port": "virtual", **settings}))


def number(packet: int, value: int) -> bytes:
    """The payload of a command with one number of four bytes."""
    return struct.pack(">Bi", packet, value)


def behind_can(can_id: int, payload: bytes) -> bytes:
    return bytes((34, can_id)) + payload


@dataclass
class Host:
    vesc: FakeVesc
    now_s: float = 0.0
    frames: FrameDecoder = field(default_factory=FrameDecoder)

    def __post_init__(self) -> None:
        self.say(seconds=0.0)

    def say(self, *payloads: bytes, seconds: float = 0.05) -> list[bytes]:
        """Write these at once; returns the payloads that come within `seconds`."""
        data, ends_s, answers = b"".join(map(to_bytes, payloads)), self.now_s + seconds, []
        answers += self.frames.feed(self.vesc.feed(data, self.now_s))
        while self.now_s < ends_s:
            self.now_s += _PERIOD_S
            answers += self.frames.feed(self.vesc.feed(b"", self.now_s))
        return answers

    def hold(self, payload: bytes, seconds: float) -> None:
        """Say it again and again, as hosts do to feed the watchdog."""
        ends_s = self.now_s + seconds
        while self.now_s < ends_s:
            self.say(payload, seconds=_REPEAT_S)

    def values(self) -> Reading:
        (answer,) = self.say(GET_VALUES)
        assert answer[0] == 4
        fields = struct.unpack(">hh4ihihiiiiiiBiB3hiiB", answer[1:])
        return Reading(
            fields[2] / 100, fields[3] / 100, fields[5] / 100, fields[6] / 1000, fields[7], fields[16] / 1e6, fields
        )


@dataclass(frozen=True)
class Reading:
    """What GET_VALUES says."""

    motor_a: float
    input_a: float
    q_axis_a: float
    duty: float
    erpm: int
    angle_deg: float
    fields: tuple[int, ...]
