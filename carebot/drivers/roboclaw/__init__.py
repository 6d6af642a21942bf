"""Basicmicro RoboClaw, over packet serial on USB or TTL."""

from carebot.drivers.registry import Controller
from carebot.drivers.roboclaw.driver import RoboClawController
from carebot.drivers.roboclaw.fake import FakeRoboClaw
from carebot.drivers.roboclaw.settings import RoboClawSettings

CONTROLLER = Controller(
    name="roboclaw",
    summary="a Basicmicro RoboClaw with two motors and encoders",
    settings=RoboClawSettings,
    driver=RoboClawController,
    fake=FakeRoboClaw,
)
