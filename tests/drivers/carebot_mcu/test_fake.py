"""What hardware/firmware/PROTOCOL.md promises, of the fake and, where it can be made to, of the firmware itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carebot.drivers.carebot_mcu import FakeMcu, McuSettings
from carebot.drivers.carebot_mcu.protocol import (
    Arm,
    Command,
    Decoder,
    Done,
    Flag,
    Hello,
    Kind,
    Parameter,
    Reason,
    Refused,
    Reply,
    Report,
    SetParameter,
    SetSpeeds,
    Trouble,
    Welcome,
    encode,
)
from tests.drivers.carebot_mcu.firmware_on_host import ESTOP, FirmwareOnHost

FOLDER = Path(__file__).resolve().parents[3] / "hardware" / "firmware"
SPEEDS = SetSpeeds((100.0, 100.0), 0.15)


class Board:
    """A board with a host that says one command at a time, in virtual time."""

    def __init__(self, board: FakeMcu | FirmwareOnHost) -> None:
        self.board = board
        self._decoder = Decoder()
        self._sequence = 0
        self._now_s = 10.0
        self.board.feed(b"", self._now_s)
        self.wait(0.05)

    def say(self, command: Command) -> list[Reply]:
        self._sequence += 1
        replies = self._feed(encode(command, self._sequence))
        return [reply for reply in replies if not isinstance(reply, Report)]

    def refusal(self, command: Command) -> int | None:
        replies = self.say(command)
        return next((reply.reason for reply in replies if isinstance(reply, Refused)), None)

    def wait(self, duration_s: float) -> list[Report]:
        reports = []
        for _ in range(round(duration_s * 1000)):
            self._now_s += 0.001
            reports += [reply for reply in self._feed(b"") if isinstance(reply, Report)]
        return reports

    def report(self) -> Report:
        return self.wait(0.04)[-1]

    def ready(self) -> None:
        assert isinstance(self.say(Hello())[0], Welcome)
        assert isinstance(self.say(Arm(0.2))[0], Done)

    def press(self, is_pressed: bool) -> None:
        if isinstance(self.board, FirmwareOnHost):
            self.board.set_plant(ESTOP, int(is_pressed))
        else:
            self.board.estop = is_pressed

    def _feed(self, data: bytes) -> list[Reply]:
        return self._decoder.feed(self.board.feed(data, self._now_s))


def _fake_board() -> Board:
    return Board(FakeMcu(McuSettings(port="virtual")))


@pytest.fixture(params=["fake", "firmware"])
def board(request: pytest.FixtureRequest) -> Board:
    if request.param == "fake":
        return _fake_board()
    return Board(request.getfixturevalue("firmware"))


@pytest.mark.parametrize("is_armed", [False, True])
@pytest.mark.parametrize("is_greeted", [False, True])
def test_a_wrong_length_comes_before_every_other_reason(board: Board, is_greeted: bool, is_armed: bool) -> None:
    if is_greeted:
        board.say(Hello())
    if is_armed:
        board.say(Arm(0.2))
    assert board.refusal(SetSpeeds((100.0,), 0.15)) == Reason.BAD_LENGTH
    assert board.refusal(SetSpeeds((100.0,) * 3, 0.15)) == Reason.BAD_LENGTH


def test_speeds_are_refused_in_the_documented_order(board: Board) -> None:
    too_long = SetSpeeds((100.0, 100.0), 0.201)
    assert board.refusal(too_long) == Reason.NOT_GREETED
    board.say(Hello())
    assert board.refusal(too_long) == Reason.NOT_ARMED
    board.say(Arm(0.2))
    assert board.refusal(too_long) == Reason.BAD_VALUE
    assert board.refusal(SPEEDS) is None


def test_the_emergency_stop_counts_as_released_after_50_ms(board: Board) -> None:
    board.ready()
    board.press(True)
    board.wait(0.1)
    assert board.refusal(Arm(0.2)) == Reason.ESTOP_PRESSED
    board.press(False)
    board.wait(0.04)
    assert board.refusal(Arm(0.2)) == Reason.ESTOP_PRESSED
    board.wait(0.02)
    assert board.say(Arm(0.2))[0] == Done(Kind.ARM, board._sequence)


def test_telemetry_tells_of_the_emergency_stop_for_as_long_as_it_counts(board: Board) -> None:
    board.ready()
    board.press(True)
    assert board.report().flags & Flag.ESTOP
    board.press(False)
    assert board.wait(0.03)[-1].flags & Flag.ESTOP
    board.wait(0.04)
    assert not board.report().flags & Flag.ESTOP


def test_a_contact_that_bounces_counts_from_its_last_touch(board: Board) -> None:
    board.ready()
    for _ in range(4):
        board.press(True)
        board.wait(0.004)
        board.press(False)
        board.wait(0.04)
        assert board.refusal(Arm(0.2)) == Reason.ESTOP_PRESSED


@pytest.mark.parametrize("reversed_", [Parameter.ENCODER_REVERSED, Parameter.MOTOR_REVERSED])
def test_a_motor_or_an_encoder_that_is_the_wrong_way_round_ends_in_a_fault(board: Board, reversed_: Parameter) -> None:
    board.say(Hello())
    board.say(SetParameter(reversed_, 0b10))
    board.say(Arm(0.2))
    for _ in range(10):
        board.say(SetSpeeds((1000.0, 1000.0), 0.15))
        board.wait(0.1)
    assert board.report().faults == Trouble.ENCODER << 1 | Trouble.RUNAWAY
    assert board.refusal(SetSpeeds((1000.0, 1000.0), 0.15)) == Reason.NOT_ARMED
    assert board.report().motors[0].ticks > 0 > board.report().motors[1].ticks


def test_both_the_wrong_way_round_turn_as_commanded(board: Board) -> None:
    board.say(Hello())
    board.say(SetParameter(Parameter.ENCODER_REVERSED, 0b10))
    board.say(SetParameter(Parameter.MOTOR_REVERSED, 0b10))
    board.say(Arm(0.2))
    for _ in range(10):
        board.say(SetSpeeds((1000.0, 1000.0), 0.15))
        board.wait(0.1)
    assert [motor.ticks_per_s for motor in board.report().motors] == pytest.approx([1000.0, 1000.0], abs=60)


@pytest.mark.parametrize(("celsius", "disarms"), [(85.0, False), (85.1, True)])
def test_more_than_85_degrees_disarm(celsius: float, disarms: bool) -> None:
    board = _fake_board()
    board.ready()
    board.say(SPEEDS)
    board.board.temperature_c = celsius
    report = board.report()
    assert bool(report.flags & Flag.ARMED) is not disarms
    assert report.faults == (Trouble.OVER_TEMPERATURE if disarms else 0)


def test_arming_a_hot_board_lasts_no_longer_than_the_next_look() -> None:
    board = _fake_board()
    board.ready()
    board.board.temperature_c = 95.0
    board.wait(0.01)
    assert isinstance(board.say(Arm(0.2))[0], Done)
    assert board.report().faults == Trouble.OVER_TEMPERATURE
    assert board.refusal(SPEEDS) == Reason.NOT_ARMED
    board.board.temperature_c = 60.0
    board.say(Arm(0.2))
    assert board.report().faults == 0
    assert board.refusal(SPEEDS) is None


def test_the_protocol_names_every_reason_of_both_headers() -> None:
    table = [line for line in (FOLDER / "PROTOCOL.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    documented = {int(cells[5]) for line in table if len(cells := line.split("|")) == 8 and cells[5].strip().isdigit()}
    header = (FOLDER / "src" / "messages.h").read_text(encoding="utf-8")
    in_firmware = {int(number) for number in re.findall(r"= (\d+)", header.split("enum reason")[1])}
    assert documented == in_firmware == set(Reason)
