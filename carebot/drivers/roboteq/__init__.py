"""Roboteq's motor controllers, over RS-232 or USB."""

from carebot.drivers.registry import Controller
from carebot.drivers.roboteq.driver import RoboteqController
from carebot.drivers.roboteq.fake import FakeRoboteq
from carebot.drivers.roboteq.settings import RoboteqSettings

CONTROLLER = Controller(
    name="roboteq",
    summary="a Roboteq motor controller with one to three motors",
    settings=RoboteqSettings,
    driver=RoboteqController,
    fake=FakeRoboteq,
)
