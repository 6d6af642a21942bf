"""carebot's own protocol for microcontrollers (hardware/firmware/PROTOCOL.md)."""

from carebot.drivers.carebot_mcu.driver import McuController
from carebot.drivers.carebot_mcu.fake import FakeMcu
from carebot.drivers.carebot_mcu.settings import McuSettings
from carebot.drivers.registry import Controller

CONTROLLER = Controller(
    name="carebot_mcu",
    summary="a microcontroller board with carebot's own firmware",
    settings=McuSettings,
    driver=McuController,
    fake=FakeMcu,
)

__all__ = ["CONTROLLER", "FakeMcu", "McuController", "McuSettings"]
