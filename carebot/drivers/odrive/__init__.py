"""ODrives over their ASCII protocol, with the names of firmware 0.5 and 0.6."""

from carebot.drivers.odrive.driver import ODriveController
from carebot.drivers.odrive.fake import FakeODrive
from carebot.drivers.odrive.settings import ODriveSettings
from carebot.drivers.registry import Controller

CONTROLLER = Controller(
    name="odrive",
    summary="an ODrive with its ASCII protocol",
    settings=ODriveSettings,
    driver=ODriveController,
    fake=FakeODrive,
)

__all__ = ["CONTROLLER", "FakeODrive", "ODriveController", "ODriveSettings"]
