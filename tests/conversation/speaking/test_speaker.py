"""The thread that speaks: real queue, threads and sinks; a voice whose sound is easily told apart."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest

from carebot.conversation.speaking.queue import Ended, Interrupted, Line, Urgency
from carebot.conversation.speaking.recorded_voice import RecordedVoice
from carebot.conversation.speaking.sound_out import Loudspeaker, Silence
from carebot.conversation.speaking.speaker import FirstSound, Shown, Speaker
from carebot.conversation.speaking.synthesiser import Samples, Sound, VoiceMissingError
from carebot.errors import DeviceError
from carebot.site.voice import Voice

RATE_HZ = 8000
WAIT_S = 20.0
NUMBERS = count()


class Beeps:
    """Each sentence sounds for `length_s` in chunks of 20 ms; `hold` makes the voice wait in the middle."""

    def __init__(self, length_s: float = 0.1) -> None:
        self.length_s, self.closed = length_s, 0
        self.hold, self.is_held = threading.Event(), threading.Event()
        self.hold.set()

    def synthesise(self, text: str, language: str, voice: Voice) -> Sound:
        if language != "en":
            raise VoiceMissingError(f"there is no voice for {language}: install one.")
        return Sound(RATE_HZ, self._chunks())

    def _chunks(self) -> Iterator[Samples]:
        try:
            for _ in range(round(self.length_s / 0.02)):
                if not self.hold.is_set():
                    self.is_held.set()
                self.hold.wait(WAIT_S)
                yield np.ones(160, np.int16)
        finally:
            self.closed += 1


class Kept:
    """A loudspeaker that takes sound at once and remembers how much; `drops` counts what was thrown away."""

    left_s = 0.0

    def __init__(self) -> None:
        self.played, self.drops = 0, 0

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        self.played += len(samples)

    def drop(self) -> None:
        self.drops += 1

    def close(self) -> None:
        """Nothing to let go of."""


class Rig:
    def __init__(self, voices: Beeps, open_device: Callable[[], Any], why_quiet: str = "") -> None:
        self.events: list[Any] = []
        self.speaker = Speaker(voices, Loudspeaker(open_device), self.events.append, lambda: why_quiet)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.speaker.run, args=[self.stopping])
        self.thread.start()

    def wait_for(self, condition: Callable[[], object]) -> None:
        until_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < until_s, self.events
            time.sleep(0.002)

    def ends(self) -> list[Ended]:
        return [event for event in self.events if isinstance(event, Ended)]

    def shown(self) -> list[str]:
        return [event.piece.text if event.piece else "" for event in self.events if isinstance(event, Shown)]


@pytest.fixture
def start() -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def _start(voices: Beeps | None = None, device: Callable[[], Any] = Kept, why_quiet: str = "") -> Rig:
        rigs.append(Rig(voices or Beeps(), device, why_quiet))
        return rigs[-1]

    yield _start
    for rig in rigs:
        rig.stopping.set()
        rig.thread.join(WAIT_S)
        assert not rig.thread.is_alive()


def line(text="Hello. Goodbye.", language="en", **more) -> Line:
    return Line(f"line {next(NUMBERS)}", text, language, Voice(), **more)


def test_a_line_is_heard_shown_and_ends(start) -> None:
    device = Kept()
    rig = start(device=lambda: device)
    rig.speaker.add(line())
    rig.wait_for(rig.ends)
    assert rig.ends()[0].is_said
    assert rig.ends()[0].reason == ""
    assert rig.shown() == ["Hello.", "", "Goodbye.", ""]
    assert device.played == 2 * 5 * 160
    assert sum(isinstance(event, FirstSound) for event in rig.events) == 2


def test_its_voice_sounds_from_the_first_sound_to_the_last(start) -> None:
    voices, device = Beeps(0.1), Kept()
    voices.hold.clear()
    rig = start(voices, lambda: device)
    rig.speaker.add(line("Hello."))
    rig.wait_for(voices.is_held.is_set)
    assert not rig.speaker.sounds  # the voice is still thinking
    device.left_s = 1.0
    voices.hold.set()
    rig.wait_for(lambda: device.played)
    rig.wait_for(lambda: rig.speaker.sounds)
    assert not rig.ends()
    device.left_s = 0.0
    rig.wait_for(rig.ends)
    assert not rig.speaker.sounds


@pytest.mark.parametrize("cut", ["called off", "interrupted by what has no voice"])
def test_its_voice_sounds_no_longer_than_it_is_let(start, cut: str) -> None:
    rig = start(Beeps(60.0))
    spoken = line("Hello.")
    rig.speaker.add(spoken)
    rig.wait_for(lambda: rig.speaker.sounds)
    if cut == "called off":
        rig.speaker.cancel(spoken.id)
    else:
        rig.speaker.add(line("Au feu !", "fr", urgency=Urgency.ALARM))
        rig.wait_for(lambda: "Au feu !" in rig.shown())
    rig.wait_for(lambda: not rig.speaker.sounds)
    rig.speaker.cancel(spoken.id)


def _no_loudspeaker() -> Any:
    raise DeviceError("there is no loudspeaker: plug one in.")


@pytest.mark.parametrize(("device", "why_quiet"), [(Silence, ""), (_no_loudspeaker, ""), (Kept, "it is night")])
def test_what_is_only_shown_does_not_sound(start, device, why_quiet: str) -> None:
    rig = start(Beeps(60.0), device, why_quiet)
    spoken = line("Hello.")
    rig.speaker.add(spoken)
    rig.wait_for(rig.shown)
    if not why_quiet:
        rig.wait_for(lambda: any(isinstance(event, FirstSound) for event in rig.events))
    assert not rig.speaker.sounds
    rig.speaker.cancel(spoken.id)


def test_fifty_at_once_are_all_said_in_their_order(start) -> None:
    rig = start(Beeps(0.02))
    lines = [line(f"Number {number}.") for number in range(50)]
    adding = [threading.Thread(target=rig.speaker.add, args=[each]) for each in lines[25:]]
    for each in lines[:25]:
        rig.speaker.add(each)
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    rig.wait_for(lambda: len(rig.ends()) == 50)
    assert [end.line.id for end in rig.ends()][:25] == [each.id for each in lines[:25]]
    assert all(end.is_said for end in rig.ends())


def test_cancelled_in_the_middle_of_a_word_what_was_given_is_dropped(start) -> None:
    device, voices = Kept(), Beeps(60.0)
    rig = start(voices, lambda: device)
    spoken = line()
    rig.speaker.add(spoken)
    rig.wait_for(lambda: device.played)
    rig.speaker.cancel(spoken.id)
    rig.wait_for(rig.ends)
    assert not rig.ends()[0].is_said
    assert "called off" in rig.ends()[0].reason
    assert device.drops == 1
    assert device.played < 60 * RATE_HZ
    rig.wait_for(lambda: voices.closed == 1)


def test_cancelled_while_the_voice_is_still_thinking(start) -> None:
    voices, device = Beeps(), Kept()
    voices.hold.clear()
    rig = start(voices, lambda: device)
    spoken = line()
    rig.speaker.add(spoken)
    rig.wait_for(voices.is_held.is_set)
    rig.speaker.cancel(spoken.id)
    rig.wait_for(rig.ends)  # though the voice hangs
    voices.hold.set()
    assert device.played == 0


@pytest.mark.parametrize("after", range(8))
def test_cancelled_at_any_moment_it_ends_once(start, after) -> None:
    rig = start(Beeps(0.04), Silence)
    spoken = line("One. Two. Three.")
    rig.speaker.add(spoken)
    rig.wait_for(lambda: len(rig.events) >= after)
    rig.speaker.cancel(spoken.id)
    rig.speaker.cancel(spoken.id)
    rig.speaker.add(line("The next."))
    rig.wait_for(lambda: rig.ends() and rig.ends()[-1].line.text == "The next.")
    assert len(rig.ends()) == 2


def test_an_alarm_is_heard_in_the_middle_of_a_word_which_is_begun_again(start) -> None:
    device, voices = Kept(), Beeps(0.1)
    voices.hold.clear()
    rig = start(voices, lambda: device)
    rig.speaker.add(line("Small talk.", interrupted=Interrupted.AGAIN))
    rig.wait_for(voices.is_held.is_set)
    rig.speaker.add(line("Fire!", urgency=Urgency.ALARM))
    rig.wait_for(lambda: "Fire!" in rig.shown())
    voices.hold.set()
    rig.wait_for(lambda: len(rig.ends()) == 2)
    assert [text for text in rig.shown() if text] == ["Small talk.", "Fire!", "Small talk."]
    assert all(end.is_said for end in rig.ends())


def test_without_a_voice_the_words_are_shown_with_the_reason(start, monkeypatch) -> None:
    monkeypatch.setattr("carebot.conversation.speaking.speaker.READING_S", 0.0)
    rig = start()
    rig.speaker.add(line("Bonjour.", "fr"))
    rig.wait_for(rig.ends)
    assert rig.ends()[0].is_said
    assert "no voice for fr" in rig.ends()[0].reason
    assert "Bonjour." in rig.shown()


def test_without_a_loudspeaker_the_words_are_shown_with_the_reason(start) -> None:
    def missing() -> Any:
        raise DeviceError("there is no loudspeaker: plug one in.")

    rig = start(device=missing)
    rig.speaker.add(line())
    rig.wait_for(rig.ends)
    assert (rig.ends()[0].is_said, rig.ends()[0].reason) == (True, "there is no loudspeaker: plug one in.")
    assert [text for text in rig.shown() if text] == ["Hello.", "Goodbye."]
    assert rig.speaker.fault


def test_in_quiet_hours_only_urgent_lines_sound(start, monkeypatch) -> None:
    monkeypatch.setattr("carebot.conversation.speaking.speaker.READING_S", 0.0)
    device = Kept()
    rig = start(device=lambda: device, why_quiet="it is night")
    rig.speaker.add(line("Good night."))
    rig.wait_for(rig.ends)
    assert (device.played, rig.ends()[0].reason) == (0, "it is night")
    rig.speaker.add(line("Fire!", urgency=Urgency.ALARM, in_quiet_hours=True))
    rig.wait_for(lambda: len(rig.ends()) == 2)
    assert device.played > 0
    assert rig.ends()[1].reason == ""


def recording(**more) -> Line:
    """Three seconds of somebody's voice, in a language for which there is no other."""
    return line("Aiko, 3 s", "fr", recorded=RecordedVoice(np.full(48_000, 1000, np.int16)), **more)


def test_a_recording_is_played_without_a_voice_and_then_kept_by_nobody(start) -> None:
    device = Kept()
    rig = start(device=lambda: device)
    spoken = recording()
    rig.speaker.add(spoken)
    rig.wait_for(rig.ends)
    assert (device.played, rig.ends()[0].is_said, rig.ends()[0].reason) == (48_000, True, "")
    assert rig.shown() == ["Aiko, 3 s", ""]
    samples = weakref.ref(spoken.recorded.samples)
    del spoken
    rig.events.clear()
    rig.wait_for(lambda: gc.collect() >= 0 and samples() is None)


def test_a_recording_is_called_off_in_the_middle(start) -> None:
    rig = start(device=Silence)
    spoken = recording()
    rig.speaker.add(spoken)
    rig.wait_for(rig.shown)
    rig.speaker.cancel(spoken.id)
    rig.wait_for(rig.ends)
    assert (rig.ends()[0].is_said, rig.ends()[0].reason) == (False, "it was called off")


def test_without_a_loudspeaker_a_recording_was_not_said(start, monkeypatch) -> None:
    def missing() -> Any:
        raise DeviceError("there is no loudspeaker: plug one in.")

    monkeypatch.setattr("carebot.conversation.speaking.speaker.READING_S", 0.0)
    rig = start(device=missing)
    rig.speaker.add(recording())
    rig.wait_for(rig.ends)
    assert (rig.ends()[0].is_said, rig.ends()[0].reason) == (False, "there is no loudspeaker: plug one in.")
    assert not any(isinstance(event, FirstSound) for event in rig.events)


def test_a_failure_of_the_voice_is_not_swallowed(start) -> None:
    class Broken(Beeps):
        def _chunks(self) -> Iterator[Samples]:
            raise ZeroDivisionError
            yield

    failures: list[BaseException] = []
    speaker = Speaker(Broken(), Loudspeaker(Kept), lambda event: None)
    speaker.add(line())

    def run() -> None:
        try:
            speaker.run(threading.Event())
        except ZeroDivisionError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(WAIT_S)
    assert failures
