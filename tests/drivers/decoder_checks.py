"""What holds for every protocol whatever bytes come; for hypothesis (test_decoder_checks.py) and atheris (fuzz.py)."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carebot.drivers.carebot_mcu import protocol as mcu
from carebot.drivers.odrive import protocol as odrive
from carebot.drivers.registry import controllers
from carebot.drivers.roboclaw import protocol as roboclaw
from carebot.drivers.roboteq import protocol as roboteq
from carebot.drivers.vesc import device_side as vesc_device
from carebot.drivers.vesc import framing as vesc_framing
from carebot.drivers.vesc import messages as vesc_messages
from carebot.drivers.vesc import protocol as vesc

MOST_MEMORY = 8192
"""Bytes of a decoder that waits for the end of something, pickled."""


@dataclass(frozen=True, slots=True)
class Target:
    """`decoder` makes one that is ready for `good`, which says `reply`; `ready` makes it so again after noise."""

    decoder: Callable[[], Any]
    good: bytes
    reply: object
    ready: Callable[[Any], None] = lambda decoder: None


def _expecting() -> roboclaw.Decoder:
    decoder = roboclaw.Decoder()
    for number in roboclaw.Number:
        if number.name.startswith("READ_"):
            decoder.expect(roboclaw.Ask(number))
    decoder.expect(roboclaw.SetTimeout(2))
    return decoder


def _expect_battery(decoder: roboclaw.Decoder) -> None:
    decoder.give_up()
    decoder.expect(roboclaw.Ask(roboclaw.Number.READ_BATTERY))


_WELCOME = mcu.Welcome(1, 2, (1, 0, 0), "mega2560", "")
_VERSION = vesc_messages.Version(6, 5, "60_MK6", "00" * 12)
TARGETS = {
    "carebot_mcu": Target(mcu.Decoder, b"\0" + mcu.encode_reply(_WELCOME), _WELCOME),
    "odrive": Target(odrive.Decoder, b"\n\n1.500000 0.250000*35\n", odrive.Motion(1.5, 0.25)),
    # The answer of 24.6 V, with the CRC over the question too.
    "roboclaw": Target(_expecting, bytes.fromhex("00f6b823"), roboclaw.Battery(24.6), _expect_battery),
    "roboteq": Target(roboteq.Decoder, b"\rA=100:200\r", roboteq.Values("A", (100, 200))),
    "vesc": Target(vesc.Decoder, vesc_framing.to_bytes(vesc_device.reply_payload(_VERSION)), _VERSION),
}


def check_decoder(name: str, data: bytes, step: int) -> None:
    """Nothing raises, portions read as the whole does, memory is bounded, and the next good frame is found."""
    target = TARGETS[name]
    whole, portions = target.decoder(), target.decoder()
    replies = whole.feed(data)
    split = [reply for at in range(0, len(data), step) for reply in portions.feed(data[at : at + step])]
    assert repr(split) == repr(replies)  # NaN is not equal to itself
    assert len(pickle.dumps(whole)) < MOST_MEMORY
    target.ready(whole)
    assert whole.feed(target.good)[-1:] == [target.reply]


def check_fake(name: str, data: bytes, step: int) -> None:
    """A device takes any bytes at any speed: nothing raises, and no motor is to turn at what is no speed."""
    kind = controllers()[name]
    fake = kind.fake(kind.settings(port="none"))
    now_s = 1.0
    for at in range(0, len(data), step):
        now_s += 0.0004
        fake.feed(data[at : at + step], now_s)
    assert all(math.isfinite(motor.speed_rad_s) for motor in fake.motors)


CHECKS = [(check, name) for check in (check_decoder, check_fake) for name in sorted(TARGETS)]
