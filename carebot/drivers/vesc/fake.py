"""VESCs in Python: one at the port and others on its CAN bus, with the same bytes and rules as bldc's firmware."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from carebot.drivers.fake_controller import TICK_S, FakeController
from carebot.drivers.vesc.device_side import (
    SetupValues,
    command_in,
    decoded_ppm_payload,
    found_on_can_payload,
    reply_payload,
    selected_setup_values_payload,
    selected_values_payload,
    setup_values_payload,
)
from carebot.drivers.vesc.fake_can import FRAMES_PER_S, AnswerBus
from carebot.drivers.vesc.fake_motor import VescMotor
from carebot.drivers.vesc.fake_unit import Unit
from carebot.drivers.vesc.framing import FrameDecoder, to_bytes
from carebot.drivers.vesc.messages import (
    Command,
    GetAppConf,
    GetDecodedPpm,
    GetSelectedSetupValues,
    GetSelectedValues,
    GetSetupValues,
    GetValues,
    GetVersion,
    PingCan,
    Reboot,
    SetAppConf,
)
from carebot.drivers.vesc.settings import VescSettings

_EVERYBODY = 255
_PINGED_IDS = 255
_PING_S = 0.01
"""How long a VESC waits for each of the ids that do not answer its ping."""
_WHEEL_DIAMETER_M = 0.083
_BATTERY_CELLS, _BATTERY_WH = 6, 130.0
_EMPTY_CELL_V, _FULL_CELL_V = 3.1, 4.2


class FakeVesc(FakeController):
    """`units` are in the robot's order; `estop` is the kill switch of all; give a unit another `firmware` to age it."""

    def __init__(self, settings: VescSettings) -> None:
        self._can_ids = settings.can_ids
        self._settings = settings
        self.units: list[Unit] = []
        super().__init__(settings.motor_count)
        self.motors[:] = [VescMotor() for _ in self.motors]
        taken = {can_id for can_id in settings.can_ids if can_id is not None}
        local_id = next(number for number in range(len(taken) + 1) if number not in taken)
        self.units = [
            Unit(local_id if can_id is None else can_id, self.motors, index, settings)
            for index, can_id in enumerate(settings.can_ids)
        ]

    # --- as every fake ------------------------------------------------------------------------------------------------

    def _boot(self) -> None:
        self._frames = FrameDecoder()
        self._answers = AnswerBus()
        self._pings: dict[int | None, float] = {}
        for unit in self.units:
            unit.boot()

    def _answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(self._reply_to(payload, now_s) for payload in self._frames.feed(data))

    def _tick(self, now_s: float) -> bytes:
        for unit in self.units:
            if not unit.is_up(now_s):
                unit.boot()
                continue
            unit.is_killed = self.estop
            unit.tick(now_s, self.voltage_v)
        arrived = self._answers.pass_frames(round(FRAMES_PER_S * TICK_S))
        return self._finish_pings(now_s) + b"".join(map(to_bytes, arrived))

    def _targets(self) -> list[float | None]:
        now_s = self._time_s or 0.0
        return [unit.target_rad_s(self.voltage_v) if unit.is_up(now_s) else None for unit in self.units]

    # --- questions ----------------------------------------------------------------------------------------------------

    def _reply_to(self, payload: bytes, now_s: float) -> bytes:
        if not self._port_is_up(now_s):
            return b""
        sent = b""
        with suppress(ValueError):
            command, can_id = command_in(payload)
            for address, unit in zip(self._can_ids, self.units, strict=True):
                is_meant = address == can_id or (address is not None and can_id == _EVERYBODY)
                if is_meant and unit.is_up(now_s):
                    sent += self._sent_to_host(address, self._answer_of(address, unit, command, now_s))
        return sent

    def _sent_to_host(self, address: int | None, payload: bytes) -> bytes:
        """What goes out of the port at once; answers of others come over CAN first."""
        if payload and address is not None:
            self._answers.send(address, payload)
            return b""
        return to_bytes(payload) if payload else b""

    def _answer_of(self, address: int | None, unit: Unit, command: Command, now_s: float) -> bytes:
        if isinstance(command, GetVersion):
            return reply_payload(unit.version)
        if isinstance(command, GetValues):
            return reply_payload(unit.values(self))
        if isinstance(command, GetSelectedValues):
            return selected_values_payload(unit.values(self), command.mask)
        if isinstance(command, GetSetupValues):
            return setup_values_payload(self._setup_of(unit, now_s))
        if isinstance(command, GetSelectedSetupValues):
            return selected_setup_values_payload(self._setup_of(unit, now_s), command.mask)
        if isinstance(command, GetDecodedPpm):
            return decoded_ppm_payload()
        if isinstance(command, GetAppConf):
            return reply_payload(unit.app_conf)
        if isinstance(command, SetAppConf):
            kept = unit.keep(command)
            return b"" if kept is None else reply_payload(kept)
        if isinstance(command, PingCan):
            self._begin_ping(address, now_s)
        elif isinstance(command, Reboot):
            unit.reboot(now_s)
            self._pings.pop(address, None)
        else:
            unit.move(command, now_s)
        return b""

    def _port_is_up(self, now_s: float) -> bool:
        named = zip(self._can_ids, self.units, strict=True)
        return all(unit.is_up(now_s) for address, unit in named if address is None)

    def _begin_ping(self, address: int | None, now_s: float) -> None:
        """A VESC asks one id after the other; what else needs its time meanwhile (another ping) is ignored."""
        if address not in self._pings:
            self._pings[address] = now_s + _PING_S * (_PINGED_IDS - len(self._others(address, now_s)))

    def _finish_pings(self, now_s: float) -> bytes:
        sent = b""
        for address in [address for address, ends_s in self._pings.items() if now_s >= ends_s]:
            del self._pings[address]
            sent += self._sent_to_host(address, found_on_can_payload(self._others(address, now_s)))
        return sent

    def _others(self, asker: int | None, now_s: float) -> list[int]:
        """The ids that answer a ping of this one."""
        named = zip(self._can_ids, self.units, strict=True)
        return [
            unit.controller_id if address is None else address
            for address, unit in named
            if address != asker and unit.is_up(now_s)
        ]

    def _setup_of(self, unit: Unit, now_s: float) -> SetupValues:
        """As if every VESC had its status messages switched on, which VESC Tool's set-up does."""
        everybody = [other.values(self) for other in self.units if other.is_up(now_s)]
        own, wheel_m = unit.values(self), _WHEEL_DIAMETER_M / 2
        cell_v = self.voltage_v / _BATTERY_CELLS
        level = min(max((cell_v - _EMPTY_CELL_V) / (_FULL_CELL_V - _EMPTY_CELL_V), 0.0), 1.0)
        return SetupValues(
            values=replace(
                own,
                motor_current_a=sum(values.motor_current_a for values in everybody),
                input_current_a=sum(values.input_current_a for values in everybody),
                amp_hours=sum(values.amp_hours for values in everybody),
                amp_hours_charged=sum(values.amp_hours_charged for values in everybody),
                watt_hours=sum(values.watt_hours for values in everybody),
                watt_hours_charged=sum(values.watt_hours_charged for values in everybody),
            ),
            unit_count=len(everybody),
            speed_m_s=unit.motor.speed_rad_s * wheel_m,
            distance_m=unit.turned_rad * wheel_m,
            distance_abs_m=unit.turned_abs_rad * wheel_m,
            battery_level=level,
            battery_wh=level * _BATTERY_WH,
            uptime_ms=round(1000 * max(0.0, now_s - (self.booted_s or 0.0))),
        )
