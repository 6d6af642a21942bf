"""Which motor controllers there are: every folder beside this file that offers a `CONTROLLER`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import carebot.drivers
from carebot.drivers.base import ControllerSettings, MotorController
from carebot.drivers.fake_controller import FakeController
from carebot.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Controller:
    """One kind of motor controller. `settings` needs nothing but a port; `fake` makes the device that fits settings."""

    name: str
    summary: str
    settings: type[ControllerSettings]
    driver: Callable[..., MotorController[Any]]
    """Called as `driver(settings, clock, open_port)`; the last may be left out."""
    fake: Callable[[Any], FakeController]


@cache
def controllers() -> dict[str, Controller]:
    """All kinds by their name, in the order of the alphabet."""
    found = [controller for folder in _folders() if (controller := _offered(folder)) is not None]
    return {controller.name: controller for controller in found}


def controller_named(name: str) -> Controller:
    """The kind called `name`, which is its folder's name too; raises ConfigError that lists the known ones."""
    controller = _offered(name) if name in _folders() else None
    if controller is None:
        raise ConfigError(f"There is no controller '{name}': use one of {', '.join(controllers())}.")
    return controller


def _folders() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(carebot.drivers.__path__) if module.ispkg)


def _offered(folder: str) -> Controller | None:
    found: Controller | None = getattr(importlib.import_module(f"carebot.drivers.{folder}"), "CONTROLLER", None)
    return found
