"""Where sound goes, and what happens where it cannot go there."""

from __future__ import annotations

import subprocess
import sys
import wave
import weakref
from pathlib import Path

import numpy as np
import pytest

from carebot.conversation.speaking.portaudio import PortAudioOut
from carebot.conversation.speaking.sound_out import RETRY_AFTER_S, Loudspeaker, Silence, WavFile
from carebot.errors import CarebotError, ConfigError, DeviceError, DeviceLostError

CHUNK = np.arange(480, dtype=np.int16)


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, duration_s: float) -> None:
        self.now_s += duration_s


class Device:
    """A device that is there, or not, as the test says."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.left_s = 0.0

    def play(self, samples: np.ndarray, sample_rate_hz: int) -> None:
        if not self._home.is_there:
            raise DeviceLostError("the loudspeaker is gone: check its plug.")
        self._home.heard += len(samples)

    def drop(self) -> None:
        if not self._home.is_there:
            raise DeviceLostError("the loudspeaker is gone: check its plug.")

    def close(self) -> None:
        self._home.closed += 1


class Home:
    def __init__(self, is_there: bool = True) -> None:
        self.is_there, self.heard, self.opened, self.closed = is_there, 0, 0, 0
        self.time = Time()
        self.speaker = Loudspeaker(self.open, Silence(self.time, self.time.wait), self.time)

    def open(self) -> Device:
        self.opened += 1
        if not self.is_there:
            raise DeviceError("there is no loudspeaker: plug one in.")
        return Device(self)


def test_silence_takes_as_long_as_the_sound_would() -> None:
    time = Time()
    silence = Silence(time, time.wait)
    for _ in range(100):
        silence.play(CHUNK, 48_000)
    assert time.now_s + silence.left_s == pytest.approx(1.0)
    assert silence.left_s < 0.1
    silence.drop()
    assert silence.left_s == 0.0


def test_a_missing_device_is_told_and_found_once_it_is_there() -> None:
    home = Home(is_there=False)
    assert "plug one in" in home.speaker.get_ready()
    for _ in range(100):
        home.speaker.play(CHUNK, 48_000)
    assert home.time.now_s > 0.9  # in silence, but as long as it takes
    home.is_there = True
    assert home.speaker.get_ready()
    assert home.opened == 1  # not tried again for every sentence
    home.time.now_s += RETRY_AFTER_S
    assert home.speaker.get_ready() == ""
    home.speaker.play(CHUNK, 48_000)
    assert home.heard == len(CHUNK)


@pytest.mark.parametrize("moment", ["play", "drop"])
def test_a_device_that_vanishes_is_told_and_closed_and_time_goes_on(moment) -> None:
    home = Home()
    assert home.speaker.get_ready() == ""
    home.speaker.play(CHUNK, 48_000)
    home.is_there = False
    if moment == "drop":
        home.speaker.drop()
    for _ in range(10):
        home.speaker.play(CHUNK, 48_000)
    assert "gone" in home.speaker.fault
    assert home.closed == 1
    assert home.heard == len(CHUNK)
    home.is_there = True
    home.time.now_s += RETRY_AFTER_S
    assert home.speaker.get_ready() == ""


def test_a_file_is_whole_after_each_chunk_and_of_one_rate(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    out = WavFile(path)
    for rate_hz in (22_050, 44_100):
        out.play(CHUNK, rate_hz)
        with wave.open(str(path)) as heard:
            assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (22_050, 1, 2)
    out.close()
    out.close()
    with wave.open(str(path)) as heard:
        assert heard.getnframes() == 480 + 240


def test_a_file_without_sound_is_a_file(tmp_path: Path) -> None:
    WavFile(tmp_path / "empty.wav").close()
    with wave.open(str(tmp_path / "empty.wav")) as heard:
        assert heard.getnframes() == 0


def test_what_goes_into_a_file_is_not_heard_in_the_room(tmp_path: Path) -> None:
    file = WavFile(tmp_path / "said.wav")
    for device, can_be_heard in ((file, False), (Silence(), False), (Device(Home()), True)):
        speaker = Loudspeaker(lambda device=device: device)
        assert not speaker.can_be_heard
        speaker.get_ready()
        assert speaker.can_be_heard is can_be_heard
    file.close()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no/said\.wav.*choose another"):
        WavFile(tmp_path / "no" / "said.wav")
    with pytest.raises(ConfigError, match="Is a directory"):
        WavFile(tmp_path)


PLAY = """
import sys, time
import numpy as np
from carebot.conversation.speaking.portaudio import PortAudioOut
out = PortAudioOut(sys.argv[1])
began = time.monotonic()
for _ in range(50):
    out.play(np.full(960, 1000, np.int16), 48_000)
spent, left = time.monotonic() - began, out.left_s
out.drop()
print(spent, left, out.left_s)
out.play(np.zeros(441, np.int16), 22_050)
out.close()
out.close()
"""


def play(tmp_path: Path, alsa: str, device: str = "") -> subprocess.CompletedProcess[str]:
    """The real PortAudio on ALSA, set up so that this machine needs no sound card."""
    try:
        import sounddevice  # noqa: F401
    except OSError:
        pytest.skip("PortAudio is not installed")
    settings = tmp_path / "asound.conf"
    settings.write_text(alsa, encoding="utf-8")
    command = [sys.executable, "-c", PLAY, device]
    environment = {"ALSA_CONFIG_PATH": str(settings), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_portaudio_plays_as_fast_as_sound_is(tmp_path: Path) -> None:
    done = play(tmp_path, "pcm.!default { type null }\nctl.!default { type null }\n")
    assert done.returncode == 0, done.stderr
    spent_s, left_s, left_after_drop_s = map(float, done.stdout.split())
    assert spent_s + left_s >= 0.99
    assert left_s < 0.25
    assert left_after_drop_s == 0.0


@pytest.mark.parametrize(
    ("alsa", "device", "said"),
    [
        ("pcm.!default { type null }\n", "lounge", "there is no loudspeaker 'lounge'"),
        ("pcm.!default { type null }\n", "99", "there is no loudspeaker '99'"),
    ],
)
def test_a_loudspeaker_that_is_not_there_is_named(tmp_path: Path, alsa, device, said) -> None:
    done = play(tmp_path, alsa, device)
    assert done.returncode == 1
    assert f"DeviceError: {said}" in done.stderr


def test_a_machine_without_loudspeaker_says_so() -> None:
    if list(Path("/proc/asound").glob("card*")):
        pytest.skip("this machine has a sound card")
    with pytest.raises(CarebotError, match=r"PortAudio, which is missing|there is no loudspeaker: plug one in"):
        PortAudioOut()


def test_looking_for_streams_does_not_mind_what_is_gone() -> None:
    """A weak proxy of something that is no more, as libraries leave them about."""

    class Short:
        pass

    short = Short()
    left = weakref.proxy(short)
    del short
    if list(Path("/proc/asound").glob("card*")):
        pytest.skip("this machine has a sound card")
    with pytest.raises(CarebotError, match=r"PortAudio, which is missing|there is no loudspeaker: plug one in"):
        PortAudioOut()
    assert type(left) is weakref.ProxyType


def test_without_portaudio_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(CarebotError, match="apt-get install libportaudio2"):
        PortAudioOut()
