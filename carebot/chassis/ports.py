"""Which serial ports there are, and which one a robot file means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from carebot.drivers.serial_port import Port, SerialPort
from carebot.errors import PortError
from carebot.resources import data_dir
from carebot.robot import PortChoice, UsbId


@dataclass(frozen=True, slots=True)
class SerialDevice:
    """A port that is there. `vendor`, `product` are four hexadecimal digits, empty where it is not on USB."""

    path: str
    description: str
    vendor: str = ""
    product: str = ""
    serial: str = ""


def serial_devices() -> list[SerialDevice]:
    """What is plugged in now, in the order of the paths."""
    found = [
        SerialDevice(
            path=port.device,
            description=port.description or "",
            vendor="" if port.vid is None else f"{port.vid:04x}",
            product="" if port.pid is None else f"{port.pid:04x}",
            serial=port.serial_number or "",
        )
        for port in list_ports.comports()
    ]
    return sorted(found, key=lambda device: device.path)


def find_port(choice: PortChoice, devices: Callable[[], Iterable[SerialDevice]] = serial_devices) -> str:
    """The path of the port that is meant, looked up now: numbers change when a cable is pulled and plugged in.

    Raises:
        PortError: no USB device fits, or several do.
    """
    if choice.usb is not None:
        return _usb_port(choice.usb, list(devices()))
    if choice.udev:
        return f"/dev/{choice.udev}"
    if choice.simulated:
        return str(simulated_port(choice.simulated))
    return choice.path


def opener(choice: PortChoice) -> Callable[[str, int], Port]:
    """What a driver opens its port with: the choice is looked up at each opening."""
    return lambda _name, baud: SerialPort(find_port(choice), baud)


def describe(choice: PortChoice) -> str:
    """How messages name the port."""
    if choice.usb is None:
        return find_port(choice)
    return f"USB {choice.usb.vendor}:{choice.usb.product}" + (f" {choice.usb.serial}" if choice.usb.serial else "")


def simulated_port(name: str) -> Path:
    """Where the pseudo-terminal of that name is linked."""
    return data_dir() / "ports" / name


def _usb_port(wanted: UsbId, devices: list[SerialDevice]) -> str:
    fitting = [
        device
        for device in devices
        if (device.vendor, device.product) == (wanted.vendor.lower(), wanted.product.lower())
        and wanted.serial in ("", device.serial)
    ]
    name = f"{wanted.vendor}:{wanted.product}" + (f" with the serial number {wanted.serial}" if wanted.serial else "")
    if not fitting:
        raise PortError(f"There is no USB device {name}: plug it in; `carebot drive ports` lists what is there.")
    if len(fitting) > 1:
        paths = ", ".join(device.path for device in fitting)
        raise PortError(
            f"There are {len(fitting)} USB devices {name} ({paths}): name the serial number of one as well."
        )
    return fitting[0].path
