"""How the robot speaks to one person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import Self

from carebot.config import FileModel

QUIETEST, LOUDEST = 0.05, 1.0
SLOWEST, FASTEST = 0.4, 2.0


class Voice(FileModel):
    """Rate, volume and pitch; the defaults are slower and lower than younger ears need.

    High tones are lost first with age, and more time between words helps more than more volume does.
    """

    rate: Annotated[float, Field(ge=SLOWEST, le=FASTEST)] = 0.85
    """How fast, as a share of the voice's own speed."""

    volume: Annotated[float, Field(ge=QUIETEST, le=LOUDEST)] = 0.5
    """How loud, as a share of the loudest that is not distorted; 0.5 is 6 dB less."""

    pitch_semitones: Annotated[float, Field(ge=-12.0, le=12.0)] = -2.0
    """How much higher than the voice's own pitch; below zero is lower."""

    def louder(self, factor: float = 1.6) -> Self:
        """The same voice, louder by `factor` (1.6 is 4 dB) as far as that goes; a factor below one makes it quieter."""
        return self.model_copy(update={"volume": min(LOUDEST, max(QUIETEST, self.volume * factor))})

    def faster(self, factor: float = 1.2) -> Self:
        """The same voice, faster by `factor` as far as that goes; a factor below one makes it slower."""
        return self.model_copy(update={"rate": min(FASTEST, max(SLOWEST, self.rate * factor))})
