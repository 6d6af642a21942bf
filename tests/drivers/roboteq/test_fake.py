"""The fake Roboteq as other hosts use it: the vendor's library for C++, the vendor's driver for ROS, PyRoboteq.

Bytes are those that these send; answers are those of the manual (V1.8, 28 August 2017; V2.0, 8 July 2019; V2.1, 3
December 2020).
"""

from __future__ import annotations

import pytest

from carebot.drivers.roboteq.fake import FakeRoboteq
from carebot.drivers.roboteq.settings import RoboteqSettings

ROS_DRIVER_STARTS = '^echof 1_# c_/"DH?","?"?A_?M_?Cb_?BS_# 50_'


class Host:
    """Talks to a fake without echo, as far as it does not say otherwise."""

    def __init__(self, echo: bool = False, **settings: object) -> None:
        self.fake = FakeRoboteq(RoboteqSettings.model_validate({"port": "virtual", **settings}))
        self.fake.configured.is_echoing = echo
        self.now_s = 50.0
        self.wait(0.0)

    def say(self, text: str) -> str:
        return self.fake.feed(text.encode(), self.now_s).decode()

    def ask(self, line: str) -> str:
        return self.say(f"{line}\r").removesuffix("\r")

    def wait(self, seconds: float) -> str:
        """Let time pass in small steps; returns what came by itself."""
        heard = ""
        for _ in range(round(seconds / 0.001)):
            self.now_s += 0.001
            heard += self.fake.feed(b"", self.now_s).decode()
        self.fake.feed(b"", self.now_s)
        return heard

    def speeds(self) -> list[float]:
        return [motor.speed_rad_s for motor in self.fake.motors]


@pytest.fixture
def host() -> Host:
    return Host()


# --- PyRoboteq 0.1.2: brackets around a channel, a plus at the end ----------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("?A [1]+", "A=0"),
        ("?BA [2]+", "BA=0"),
        ("?M+", "M=0:0"),
        ("?M []+", "M=0:0"),
        ("?P [1]+", "P=0"),
        ("?V [2]+", "V=246"),
        ("?BSR []+", "BSR=0:0"),
        ("?DR []+", "DR=0:0"),
        ("!M 100 -100 +", "+"),
        ("!C 1 500+", "+"),
        ("%EESAV+", "+"),
        ("?NOTHING+", "-"),
    ],
)
def test_understands_pyroboteq(line: str, answer: str) -> None:
    assert Host(echo=True).say(f"{line}\r") == f"{line}\r{answer}\r"


def test_turns_both_motors_with_one_line_and_sets_counters(host: Host) -> None:
    host.ask("!M 100 -100")
    host.wait(0.5)
    assert host.speeds()[0] > 0.5
    assert host.speeds()[1] < -0.5
    host.ask("!C 2 -500")
    assert host.ask("?C 2") == "C=-500"


# --- Roboteq's library for C++: everything by its HexCode, an index of 0 where none is meant --------------------------


def test_the_cpp_library_connects() -> None:
    read = Host(echo=True).say("?$1E\r")
    response = read[read.rindex("$1E=") + 4 : read.index("\r", read.rindex("$1E="))]
    assert len(response) >= 12
    assert response[8:12] == "v2.0"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("?FID", "FID=Roboteq v2.0 RCB500 07/08/2019"),
        ("?$1F", "$1F=RCB500:SDC2160"),
        ("?$1f", "$1F=RCB500:SDC2160"),
        ("?$00 0", "$00=0:0"),
        ("?$00 1", "$00=0"),
        ("?$0D 0", "$0D=120:246:5010"),
        ("?$0D 3", "$0D=5010"),
        ("?$10 1", "-"),  # the analog inputs, which this one has not
        ("?V 0", "V=120:246:5010"),
        ("?A 3", "-"),
        ("~RWD 0", "RWD=1000"),
        ("~$08 0", "$08=1000"),
        ("~$27 2", "$27=1"),
        ("~$4A 0", "$4A=100:100"),
        ("~$49 0", "-"),  # ^EMOD
        ("^$08 500", "+"),
        ("^RWD 0 500", "+"),
        ("^RWD 1 500", "-"),
        ("^$4A 1 1024", "+"),
        ("!$00 1 100", "+"),
        ("!$0E", "+"),
        ("!$0F", "+"),
        ("!$1B", "+"),
        ("!$00 3 100", "-"),
        ("!$FF", "-"),
        ("?$1", "-"),
        ("?$GG", "-"),
    ],
)
def test_names_may_be_codes(host: Host, line: str, answer: str) -> None:
    assert host.ask(line) == answer


def test_motors_turn_by_codes(host: Host) -> None:
    host.ask("!$03 1 100")
    host.ask("!$03 2 -50")
    host.wait(0.5)
    assert host.ask("?$03") == "$03=100:-50"


# --- Roboteq's driver for ROS: settings, then a stream ----------------------------------------------------------------


def test_the_ros_driver_sets_it_up(host: Host) -> None:
    for line in ("!G 1 0", "!G 2 0", "!S 1 0", "!S 2 0", "^RWD 1000", "^MMOD 1 0", "^MMOD 2 0", "^EPPR 1 1024"):
        assert host.ask(line) == "+"
    assert host.ask("~EPPR") == "EPPR=1024:100"
    assert host.ask("~MMOD") == "MMOD=0:0"


def _as_the_ros_driver_reads(data: str) -> list[list[int]]:
    fields = data.replace("\r", "").replace("+", "").split("D")[1].split("?")
    assert fields[0] == "H"
    return [[int(value) for value in field.split(":")] for field in fields[1:]]


def test_the_ros_driver_hears_its_stream(host: Host) -> None:
    host.say(ROS_DRIVER_STARTS)
    host.say("!S 1 300_!S 2 -300_")
    host.wait(0.5)
    amps, _, counts, speeds = _as_the_ros_driver_reads(host.wait(0.05))
    assert len(amps) == 2
    assert counts[0] > 100
    assert counts[1] < -100
    assert speeds == [300, -300]


def test_a_stream_comes_as_one_line_at_each_interval(host: Host) -> None:
    host.say('/"d=",":"?S 1_?V 2_# 50_')
    assert host.wait(1.01) == "d=0:246\r" * 20


def test_streams_may_have_rates_of_their_own(host: Host) -> None:
    host.say('/"A ",","?A_/"V ",","?V 2_# 100_# 2 20_')
    heard = host.wait(0.205).split("\r")
    assert heard.count("A 0:0") == 2
    assert heard.count("V 246") == 10
    assert host.ask("# 3 20") == "-"


@pytest.mark.parametrize("line", ["/?A", '/"DH?"?A', '/"a","b"', '/"a","b"!G 1 100', '/"a","b"?NOTHING', "//?"])
def test_what_is_no_stream_is_refused_and_nothing_moves(host: Host, line: str) -> None:
    assert host.ask(line) == "-"
    assert host.ask("?V 2") == "V=246"
    host.say("# 10_")
    assert host.wait(0.025) == "V=246\rV=246\r"
    assert host.speeds() == [0.0, 0.0]


# --- the history of questions (V2.0, pages 255 and 256) ---------------------------------------------------------------


def test_questions_are_repeated_in_turn_one_at_each_interval(host: Host) -> None:
    assert host.say("# C_?V 2_?T 1_# 20_") == "V=246\rT=31\r"
    assert host.wait(0.085) == "V=246\rT=31\rV=246\rT=31\r"


def test_a_hash_answers_the_next_question_and_ends_the_sending(host: Host) -> None:
    host.say("?V 2_?T 1_# 20_")
    assert [host.ask("#"), host.ask("#"), host.ask("#")] == ["V=246", "T=31", "V=246"]
    assert host.wait(0.2) == ""


def test_clearing_is_silent_and_ends_the_sending(host: Host) -> None:
    host.say("?V 2_# 20_")
    assert host.say("# C_") == ""
    assert host.wait(0.2) == ""
    assert host.say("#_") == ""


def test_the_last_sixteen_questions_are_kept(host: Host) -> None:
    host.say("?V 1_" + "?T 1_" * 14 + "?V 2_?V 3_?NOTHING_")
    assert [host.ask("#") for _ in range(17)] == ["T=31"] * 14 + ["V=246", "V=5010", "T=31"]


@pytest.mark.parametrize("line", ["# 0", "# 32001", "# X", "# 5 5", "# 1 2 3"])
def test_intervals_that_are_none_are_refused(host: Host, line: str) -> None:
    host.ask("?V")
    assert host.ask(line) == "-"
    assert host.wait(0.1) == ""


def test_where_there_is_nothing_to_send_nothing_is_sent(host: Host) -> None:
    assert host.say("#_# 10_") == ""
    assert host.wait(0.1) == ""


def test_a_restart_forgets_the_history(host: Host) -> None:
    host.say("?V_# 20_")
    host.fake.reboot(host.now_s, silent_for_s=0.0)
    assert host.wait(0.2) == ""


def test_time_that_jumps_is_not_caught_up_with(host: Host) -> None:
    host.say("?V 2_# 1_")
    host.now_s += 60.0
    assert len(host.wait(0.1)) < 200 * len("V=246\r")


# --- the watchdog (V1.8, page 286) ------------------------------------------------------------------------------------


def _tripped(host: Host) -> None:
    host.say("^RWD 100_!S 1 300_!S 2 -300_")
    host.wait(0.09)
    assert host.ask("?FS") == "FS=1"
    host.wait(0.5)
    assert host.ask("?FS") == "FS=0"
    assert host.ask("?S") == "S=0:0"
    assert host.ask("?E") == "E=0:0"


def test_any_command_lets_all_motors_run_on_after_the_watchdog(host: Host) -> None:
    _tripped(host)
    host.ask("!AC 1 10000")
    host.wait(0.09)
    host.ask("!AC 1 10000")
    host.wait(0.09)
    first, second = map(int, host.ask("?S").removeprefix("S=").split(":"))
    assert first > 50
    assert second < -50


@pytest.mark.parametrize("line", ["?S", "~RWD", "^RWD 100", "!S 1", "!NOTHING 1", "!S 5 100", "#", "%EESAV"])
def test_what_is_no_valid_command_lets_nothing_run_on(host: Host, line: str) -> None:
    _tripped(host)
    host.ask(line)
    host.wait(0.09)
    assert host.ask("?S") == "S=0:0"


def test_a_speed_that_was_set_to_zero_stays_zero_after_the_watchdog(host: Host) -> None:
    _tripped(host)
    host.say("!S 1 0_!S 2 0_")
    host.wait(0.09)
    assert host.ask("?S") == "S=0:0"


def test_a_restart_forgets_the_speeds(host: Host) -> None:
    _tripped(host)
    host.fake.reboot(host.now_s, silent_for_s=0.0)
    host.ask("!AC 1 10000")
    host.wait(0.2)
    assert host.ask("?S") == "S=0:0"


# --- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("?T2", "T=28"),
        ("?T 2", "T=28"),
        ("? t2", "T=28"),
        ("?V3", "V=5010"),
        ("?V4", "-"),
        ("!G1 100", "-"),
        ("?D", "D=0"),
        ("?DI", "DI=0:0:0:0:0:0"),
        ("?DI 6", "DI=0"),
        ("?DI 7", "-"),
        ("?DO", "DO=0"),
        ("?DR", "DR=0:0"),
        ("?DR 2", "DR=0"),
        ("?FIN 4", "FIN=2019"),
        ("?FIN", "FIN=20:7:8:2019"),
        ("^MXRPM 1 0", "-"),
        ("^EPPR 1 0", "-"),
        ("^EPPR 1", "-"),
        ("^MMOD 3 1", "-"),
        ("^RWD", "-"),
        ("^RWD 65001", "-"),
    ],
)
def test_answers_as_the_manual_says(host: Host, line: str, answer: str) -> None:
    assert host.ask(line) == answer


def test_the_chip_has_five_numbers(host: Host) -> None:
    assert host.ask("?UID").count(":") == 4


def test_relative_counts_begin_anew_with_each_reading_of_their_channel(host: Host) -> None:
    host.say("!S 1 300_!S 2 -300_")
    host.wait(0.5)
    first, second = map(int, host.ask("?CR").removeprefix("CR=").split(":"))
    assert first > 100
    assert second < -100
    host.wait(0.1)
    moved = int(host.ask("?CR 1").removeprefix("CR="))
    assert 150 < moved < 250
    assert host.ask("?CR 1") == "CR=0"
    assert -250 < int(host.ask("?CR 2").removeprefix("CR=")) < -150
    assert host.ask("?BCR").startswith("BCR=")


def test_relative_speed_is_in_thousandths_of_the_greatest(host: Host) -> None:
    host.say("^MXRPM 1 600_!S 1 300_!S 2 300_")
    host.wait(0.5)
    assert host.ask("?BSR") == "BSR=500:100"
    assert host.ask("?SR") == "SR=500:100"


def test_feedback_is_what_is_measured_and_the_error_what_is_missing(host: Host) -> None:
    host.fake.stall(1)
    host.say("!S 1 300_!S 2 300_")
    host.wait(0.5)
    assert host.ask("?F") == "F=300:0"
    assert host.ask("?E") == "E=0:300"


def test_open_loop_has_no_error() -> None:
    host = Host(loop="power")
    host.fake.stall(1)
    host.say("!G 1 100_!G 2 100_")
    host.wait(0.5)
    assert host.ask("?F") == "F=300:0"
    assert host.ask("?E") == "E=0:0"


def test_a_motor_whose_encoder_has_fewer_pulses_than_was_set_turns_too_fast(host: Host) -> None:
    host.say("^EPPR 1 200_!S 1 300_!S 2 300_")
    host.wait(0.5)
    assert host.ask("?S") == "S=300:300"
    assert host.speeds()[0] == pytest.approx(2 * host.speeds()[1], rel=0.05)
    assert host.ask("?BS") == "BS=600:300"


def test_hall_sensors_do_not_care_for_encoder_pulses() -> None:
    host = Host(feedback="hall")
    host.say("^EPPR 1 200_!S 1 300_!S 2 300_")
    host.wait(0.5)
    assert host.ask("?BS") == "BS=300:300"
    assert host.ask("?F") == "F=300:300"


# --- characters -------------------------------------------------------------------------------------------------------


def test_says_that_it_is_there() -> None:
    host = Host(echo=True)
    assert host.say("\x05") == "\x06"
    assert host.say("?V\x05 2\r") == "?V\x06 2\rV=246\r"


def test_line_feeds_and_other_control_characters_have_no_effect() -> None:
    assert Host(echo=True).say("?V 2\r\n?V\x00 1\n\r\n") == "?V 2\rV=246\r?V 1\rV=120\r"
