"""Faults of the machine that overlap: what is on now is broken, and afterwards all is as it was."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from carebot.chassis.build import controller_settings
from carebot.clock import ManualClock
from carebot.drivers.line import Line
from carebot.drivers.loopback import Loopback
from carebot.drivers.registry import controller_named
from carebot.robot import load_robot
from carebot.simulation.faults import Fault, parse_faults
from carebot.simulation.machine_faults import MachineFaults
from carebot.simulation.pilot import CablePort
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator

Script = Callable[..., Scenario]


class Machine:
    """The simulated robot's parts, and what processes were told."""

    def __init__(self, simulator: Simulator) -> None:
        robot = load_robot("simulated")
        fake = controller_named(robot.controller.name).fake(controller_settings(robot))
        self._loopback = Loopback(Line(fake), ManualClock())
        self._simulator = simulator
        self.told: list[str] = []
        self.faults = MachineFaults(simulator.robot, CablePort(self._loopback), self)

    def kill(self, process: str) -> None:
        self.told.append(f"kill {process}")

    def hang(self, process: str) -> None:
        self.told.append(f"hang {process}")

    def go_on(self, process: str) -> None:
        self.told.append(f"go on {process}")

    @property
    def state(self) -> tuple[object, ...]:
        line = self._loopback.line
        held = tuple(motor.is_stalled for motor in line.fake.motors)
        grip = tuple(self._simulator.stage.model.geom_friction[:, 0])
        return line.corruption, line.delay_s, line.fake.voltage_v, held, grip, self._loopback.is_plugged


@pytest.fixture
def machine(scripted: Script) -> Machine:
    return Machine(
        Simulator(
            scripted(
                {"stand": 1}, world="home", start={"at": [7.6, 0.9]}, robot={"at": [0.9, 3.9], "drive": [[4.4, 3.9]]}
            ),
            0,
            64,
            48,
        )
    )


def parsed(*entries: object) -> tuple[Fault, ...]:
    return tuple(fault for fault in parse_faults(list(entries)) if isinstance(fault, Fault))


EVERY_PAIR = [
    ({"serial_corrupted": {"at_s": 0, "percent": 5}}, {"serial_corrupted": {"at_s": 0, "percent": 30}}),
    ({"serial_slow": {"at_s": 0, "delay_s": 0.1}}, {"serial_slow": {"at_s": 0, "delay_s": 0.6}}),
    ({"battery_low": {"at_s": 0, "voltage_v": 22}}, {"battery_low": {"at_s": 0, "voltage_v": 20}}),
    ({"motor_stalled": {"at_s": 0, "wheel": "left"}}, {"motor_stalled": {"at_s": 0, "wheel": "right"}}),
    ({"motor_stalled": {"at_s": 0}}, {"motor_stalled": {"at_s": 1}}),
    ({"wheel_slipping": {"at_s": 0}}, {"wheel_slipping": {"at_s": 1}}),
    ({"serial_unplugged": {"at_s": 0}}, {"serial_unplugged": {"at_s": 1}}),
]


@pytest.mark.parametrize("pair", EVERY_PAIR, ids=lambda pair: "-".join(next(iter(each)) for each in pair))
def test_of_two_that_overlap_each_leaves_what_the_other_one_does(machine: Machine, pair: tuple[object, object]) -> None:
    one, other = parsed(*pair)
    sound = machine.state
    alone = {}
    for fault in (one, other):
        machine.faults.step((fault,))
        alone[id(fault)] = machine.state
        assert machine.state != sound
        machine.faults.step(())
        assert machine.state == sound
    for first, second in permutations((one, other)):
        both = set()
        for ends in (first, second):
            machine.faults.step((first,))
            machine.faults.step((first, second))
            both.add(machine.state)
            left = second if ends is first else first
            machine.faults.step((left,))
            assert machine.state == alone[id(left)]
            machine.faults.step(())
            assert machine.state == sound
        assert len(both) == 1


def test_of_two_of_a_kind_the_worse_counts_whichever_came_first(machine: Machine) -> None:
    corrupted, slow, low = (parsed(*pair) for pair in EVERY_PAIR[:3])
    for of_two in (0, 1):
        machine.faults.step((corrupted[of_two], slow[of_two], low[of_two]))
        machine.faults.step((*corrupted, *slow, *low))
        assert machine.state[:3] == (0.3, 0.6, 20.0)
        machine.faults.step(())


def test_process_that_hangs_for_two_reasons_goes_on_after_the_last(machine: Machine) -> None:
    cut, stopped, killed = parsed(
        {"tablet_cut": {"at_s": 0}},
        {"process_stopped": {"at_s": 0, "process": "tablet"}},
        {"process_killed": {"at_s": 0, "process": "safety"}},
    )
    for on in ((cut,), (cut, stopped), (stopped,), (stopped, killed), (killed,), ()):
        machine.faults.step(on)
    assert machine.told == ["hang tablet", "kill safety", "go on tablet"]


def test_killed_process_is_killed_once_for_each_fault(machine: Machine) -> None:
    one, other = parsed({"process_killed": 0}, {"process_killed": 0})
    for on in ((one,), (one,), (one, other), (other,), ()):
        machine.faults.step(on)
    assert machine.told == ["kill perception", "kill perception"]
