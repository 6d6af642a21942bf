"""What is configured in a fake Roboteq: set with ^ and told with ~, each for the whole device or for one channel."""

from __future__ import annotations

from carebot.drivers.roboteq.settings import RoboteqSettings

OPEN_LOOP = 0
_LARGEST = 65_535
_LONGEST_WATCHDOG_MS = 65_000
DELIVERED_WATCHDOG_MS = 1000


class FakeSettings:
    """`modes` are the channels' operating modes (^MMOD), `most_rpm` their ^MXRPM, `pulses` their ^EPPR."""

    def __init__(self, settings: RoboteqSettings) -> None:
        self.watchdog_ms = DELIVERED_WATCHDOG_MS
        self.is_echoing = True
        self.modes = [1 if settings.loop == "speed" else OPEN_LOOP] * settings.motors
        self.most_rpm = [round(settings.full_power_rpm)] * settings.motors
        self.pulses = [max(1, round(settings.counts_per_revolution / 4))] * settings.motors
        self._true_pulses = self.pulses[0]
        self._has_encoders = settings.feedback == "encoder"

    def told(self, name: str) -> list[int]:
        """What ~name tells; empty for a setting that is not known."""
        if name == "RWD":
            return [self.watchdog_ms]
        return [int(not self.is_echoing)] if name == "ECHOF" else self._of_channels().get(name, [])

    def set(self, name: str, arguments: list[int]) -> bool:
        """Carry out ^name; False where it is refused."""
        if not arguments or not 0 <= arguments[-1] <= _LARGEST:
            return False
        *index, value = arguments
        if name in ("RWD", "ECHOF"):
            return index in ([], [0]) and self._set_whole(name, value)
        channels = self._of_channels().get(name, [])
        if len(index) != 1 or not 1 <= index[0] <= len(channels) or (name != "MMOD" and not value):
            return False
        channels[index[0] - 1] = value
        return True

    def is_open_loop(self, motor: int) -> bool:
        return self.modes[motor : motor + 1] == [OPEN_LOOP]

    def encoder_ratio(self, motor: int) -> float:
        """How many times too fast an encoder makes a motor seem, where ^EPPR is not what it really has."""
        return self._true_pulses / self.pulses[motor]

    def loop_ratio(self, motor: int) -> float:
        """The same for the sensor that the motor's loop follows, if it has one."""
        return self.encoder_ratio(motor) if self._has_encoders and not self.is_open_loop(motor) else 1.0

    # --- inside -------------------------------------------------------------------------------------------------------

    def _of_channels(self) -> dict[str, list[int]]:
        return {"MMOD": self.modes, "MXRPM": self.most_rpm, "EPPR": self.pulses}

    def _set_whole(self, name: str, value: int) -> bool:
        if name == "ECHOF":
            self.is_echoing = not value
        elif value > _LONGEST_WATCHDOG_MS:
            return False
        else:
            self.watchdog_ms = value
        return True
