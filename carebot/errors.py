"""Every error a user can cause, on one screen.

Each message is one sentence that names the file, the key or the device and says what to do. `exit_code` is what the
`carebot` command ends with: 1 when the thing asked about failed, 2 when what the user gave could not be used.
"""


class CarebotError(Exception):
    """The parent of all: catching it catches what carebot itself can explain."""

    exit_code = 1


class ConfigError(CarebotError, ValueError):
    """A profile, robot, site or scenario file cannot be used: an unknown key, a wrong unit, no such file.

    `keys` lead to what is wrong in the file, where one place in it is.
    """

    exit_code = 2

    def __init__(self, sentence: str, keys: tuple[str | int, ...] = ()) -> None:
        super().__init__(sentence)
        self.keys = keys


class SourceError(CarebotError, OSError):
    """A source of pictures or sound cannot be opened: no such file, a wrong kind of file, no such camera."""

    exit_code = 2


class DeviceError(CarebotError, OSError):
    """A device or the graphics it needs is missing, vanished, or belongs to another process."""


class PortError(DeviceError):
    """A serial port cannot be opened: no such port, no permission, another process holds it."""

    exit_code = 2


class DeviceLostError(DeviceError):
    """A device that was there is gone: unplugged, silent, restarted; opening it anew may bring it back."""


class WrongDeviceError(DeviceError):
    """Something answers on the port that cannot be used: another kind of device, or firmware that is too old."""


class ModelError(CarebotError, ValueError):
    """A model cannot be used: the file is corrupt, its hash is wrong, its outputs are not those of its family."""

    exit_code = 2


class PullError(CarebotError, OSError):
    """A model cannot be fetched: no network, not found, the connection was cut, the disk is full, a wrong file came."""


class RecordsError(CarebotError, OSError):
    """A record cannot be kept: the disk is full, the folder is read-only, the database is not one of ours."""


class SetupError(CarebotError, RuntimeError):
    """What the command needs is not installed or already taken: no ROS 2, a port in use, a robot already running."""
