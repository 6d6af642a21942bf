"""VESCs over their UART or USB port, and further ones over CAN."""

from carebot.drivers.registry import Controller
from carebot.drivers.vesc.driver import VescController
from carebot.drivers.vesc.fake import FakeVesc
from carebot.drivers.vesc.settings import VescSettings

CONTROLLER = Controller(
    name="vesc",
    summary="a VESC, or several that are joined by CAN",
    settings=VescSettings,
    driver=VescController,
    fake=FakeVesc,
)

__all__ = ["CONTROLLER", "FakeVesc", "VescController", "VescSettings"]
