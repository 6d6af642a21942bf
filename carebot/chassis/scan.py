"""Who answers on a serial port: every protocol's own question, which moves nothing, is asked in turn."""

from __future__ import annotations

from dataclasses import dataclass

from carebot.clock import Clock
from carebot.drivers.base import MotorController
from carebot.drivers.registry import Controller, controllers
from carebot.errors import DeviceError, PortError


@dataclass(frozen=True, slots=True)
class Answer:
    """`controller` is empty where nobody that is known answered; `problem` is a sentence."""

    controller: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    problem: str = ""


def who_answers(path: str, clock: Clock, patience_s: float = 1.0) -> Answer:
    """Ask on `path` in every protocol; blocks up to `patience_s` for each, and leaves the port closed."""
    for kind in controllers().values():
        answer = _ask(kind, path, clock, patience_s)
        if answer is not None:
            return answer
    return Answer(problem="no motor controller that carebot knows answers there")


def _ask(kind: Controller, path: str, clock: Clock, patience_s: float) -> Answer | None:
    settings = kind.settings(port=path, identify_timeout_s=patience_s, answer_timeout_s=min(0.25, patience_s))
    controller = kind.driver(settings, clock)
    try:
        controller.open()
        identity = controller.identify()
    except PortError as error:
        return Answer(problem=str(error))
    except DeviceError as error:
        return Answer(kind.name, problem=str(error)) if _spoke(controller) else None
    finally:
        controller.close()
    return Answer(kind.name, identity.model, identity.firmware, identity.serial)


def _spoke(controller: MotorController) -> bool:  # type: ignore[type-arg]
    """Whether the device spoke this protocol, although it cannot be used as it is."""
    return controller.counters.good_frames > 0
