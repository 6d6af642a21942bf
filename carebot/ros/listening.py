"""The listening thread as a node uses it: sound goes in, and what was said comes back in the node's own thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field
from rclpy.node import Node

from carebot.conversation.hearing.ears import Ears, HearingSettings, Utterance
from carebot.conversation.hearing.liveness import Liveness
from carebot.conversation.hearing.microphone import Microphone
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import Block
from carebot.conversation.hearing.turns import TurnSettings
from carebot.conversation.hearing.voice import SileroVoice
from carebot.conversation.text import Language
from carebot.errors import CarebotError
from carebot.resources import expanded
from carebot.ros.sound_topic import SoundTopic
from carebot.ros.worker import Worker
from carebot.speech_models import load_recogniser, load_turn_end

AGAIN_AFTER_S = 5.0
"""So long after a microphone vanished it is looked for again."""
RECORDINGS = (".wav", ".flac")


@dataclass(frozen=True, slots=True)
class ListeningParameters:
    """How the robot hears."""

    microphone: str = "none"
    """By number or a part of its name; empty: the system's own; none, a .wav or .flac file, or topic:NAME instead."""

    topic_rate_hz: Annotated[int, Field(ge=8000, le=192_000)] = 16_000
    """Samples a second of a topic of audio_common_msgs, which does not tell."""

    topic_channels: Annotated[int, Field(ge=1, le=64)] = 1
    """Channels of such a topic."""

    speech_model: str = ""
    """The speech model's name in the registry; by default the best for the resident's language."""

    turn_model: str = ""
    """The name in the registry of the model that knows turns' ends by their sound; by default the one that is there."""

    end_silence_s: Annotated[float, Field(ge=0.0, le=5.0)] = 0.0
    """The silence after which somebody has ended, from 0.2 on; 0: the resident's own in the site file, else 0.7."""

    may_barge_in: bool = False
    """Whether the robot hears while it speaks: only where an echo canceller takes its own voice out."""

    is_gated: bool = False
    """Whether a noise gate makes exact silence of what is quiet; else such silence means a muted or dead microphone."""

    def __post_init__(self) -> None:
        if 0.0 < self.end_silence_s < 0.2:
            raise ValueError("end_silence_s must be at least 0.2, or 0 for the resident's own")


class Listening:
    """Hears in a thread of its own. `hear` gets each utterance; `speaks` says whether its own voice sounds."""

    def __init__(
        self,
        node: Node,
        parameters: ListeningParameters,
        language: Language,
        end_silence_s: float,
        speaks: Callable[[], bool],
        hear: Callable[[Utterance], None],
    ) -> None:
        """`end_silence_s`: after so long a silence the resident has ended, where the parameters do not say."""
        self._p, self._language, self._speaks, self._hear = parameters, language, speaks, hear
        self._turns = TurnSettings(end_silence_s=parameters.end_silence_s or end_silence_s)
        self._topic = _topic(node, parameters)
        self._liveness = Liveness(may_be_zeros=parameters.is_gated or _is_recording(parameters.microphone))
        self._said: deque[Utterance] = deque()
        self._guard = node.create_guard_condition(self._hand_over)
        self._worker = Worker("listening", self._run)
        self._worker.start(node)

    @property
    def fault(self) -> str | None:
        """Why nothing is heard; empty where it hears, None while it begins."""
        return self._liveness.fault(time.monotonic())

    def close(self) -> None:
        """Hear nothing any more."""
        self._worker.stop()

    def _hand_over(self) -> None:
        while self._said:
            self._hear(self._said.popleft())

    def _run(self) -> None:
        settings = HearingSettings(self._turns, may_barge_in=self._p.may_barge_in)
        try:
            recogniser = load_recogniser(self._language, self._p.speech_model or None)
            ears = Ears(SileroVoice(), recogniser, settings, load_turn_end(self._p.turn_model or None))
        except CarebotError as error:
            self._liveness.lost(str(error))
            return
        while not self._worker.stopping.is_set():
            try:
                self._listen(ears)
            except CarebotError as error:
                self._liveness.lost(str(error))
                self._tell(ears.lost(time.monotonic()))
            self._worker.stopping.wait(AGAIN_AFTER_S)

    def _listen(self, ears: Ears) -> None:
        """Until the microphone vanishes or the recording is over."""
        self._liveness.begins()
        for block in self._blocks():
            self._liveness.heard(block, time.monotonic())
            if self._worker.stopping.is_set():
                return
            self._tell(ears.speaking(self._speaks(), time.monotonic()))
            self._tell(ears.hear(block))
        self._tell(ears.flush(time.monotonic()))
        self._liveness.lost(f"{self._p.microphone} has been heard to its end.")
        self._worker.stopping.wait()

    def _blocks(self) -> Iterator[Block]:
        name = self._p.microphone
        if self._topic is not None:
            yield from self._topic.blocks()
            return
        if _is_recording(name):
            yield from _as_it_sounds(expanded(name))
            return
        with Microphone(int(name) if name.isdigit() else name or None) as microphone:
            yield from microphone.blocks()

    def _tell(self, said: tuple[Utterance, ...]) -> None:
        self._said.extend(said)
        if said and not self._worker.stopping.is_set():
            self._guard.trigger()


def _topic(node: Node, p: ListeningParameters) -> SoundTopic | None:
    kind, _, name = p.microphone.partition(":")
    return SoundTopic(node, name, p.topic_rate_hz, p.topic_channels) if kind == "topic" and name else None


def _is_recording(name: str) -> bool:
    return name.lower().endswith(RECORDINGS)


def _as_it_sounds(path: Path) -> Iterator[Block]:
    """A recording's blocks, each when it has sounded, on the monotonic clock."""
    began_s = time.monotonic()
    for block in read_recording(path):
        time.sleep(max(0.0, began_s + block.end_s - time.monotonic()))
        yield replace(block, start_s=began_s + block.start_s)
