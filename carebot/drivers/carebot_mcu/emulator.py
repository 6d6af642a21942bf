"""The real firmware on an emulated ATmega2560: QEMU runs it, and its serial port is a pseudo-terminal."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from carebot.errors import DeviceError, SetupError

_QEMU = "qemu-system-avr"
_START_TIMEOUT_S = 20.0
_NAME_REGISTERS = b"qXfer:features:read:target.xml:0,fff"  # QEMU lets nobody write a register who has not asked this
_PC_TO_ZERO = b"P22=00000000"
_PTY = re.compile(r"char device redirected to (\S+)")
TOOLS = ("make", "avr-gcc", "avr-objdump", _QEMU)


def missing_tools() -> list[str]:
    """The programs that are needed to build and to run the emulated board, and are not here."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def build_plant(sources: Path, folder: Path) -> Path:
    """Build the firmware with simulated motors from `hardware/firmware` into `folder`; returns the ELF file.

    Raises:
        SetupError: a tool is missing, or the compiler refuses.
    """
    if missing := missing_tools():
        raise SetupError(
            f"The emulated board needs {', '.join(missing)}: "
            f"run `apt-get install gcc-avr avr-libc qemu-system-misc make`."
        )
    command = ["make", "-C", str(sources), "plant", f"BUILD={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "error:" in line]
        first = lines[0] if lines else "no reason given"
        raise SetupError(f"The firmware in {sources} does not build ({first}): run `make plant` there and see.")
    return folder / "plant.elf"


class Emulator:
    """One emulated board; `port` is where it is plugged in."""

    def __init__(self, elf: Path) -> None:
        """Start it and wait for its port; raises DeviceError where it does not start."""
        self._folder = tempfile.TemporaryDirectory(prefix="carebot-emulator-")
        folder = Path(self._folder.name)
        command = [_QEMU, "-M", "mega2560", "-bios", str(elf), "-display", "none", "-serial", "pty"]
        command += ["-monitor", f"unix:{folder}/monitor,server=on,wait=off"]
        command += ["-gdb", f"unix:{folder}/gdb,server=on,wait=off"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            self.port = self._read_port()
            self._monitor = _connected(folder / "monitor")
        except BaseException:
            self._end_process()
            raise

    def reset(self) -> None:
        """Press the board's reset button.

        QEMU 7.2 resets the peripherals but not this CPU, so its program counter is set through the debugger's port.
        """
        with _connected(Path(self._folder.name) / "gdb") as debugger:  # connecting stops the CPU
            self._say("system_reset")
            for command in (_NAME_REGISTERS, _PC_TO_ZERO, b"D"):
                _ask_debugger(debugger, command)

    def freeze(self) -> None:
        """Stop its time, as if the board were dead; `thaw` goes on."""
        self._say("stop")

    def thaw(self) -> None:
        self._say("cont")

    def close(self) -> None:
        """Pull its power: the port is gone. May be called twice."""
        self._monitor.close()
        self._end_process()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_port(self) -> str:
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line.strip())
            if match := _PTY.search(line):
                return match.group(1)
        raise DeviceError(f"{_QEMU} did not start ({' '.join(lines)[:200]}): see whether it runs by itself.")

    def _say(self, command: str) -> None:
        self._monitor.sendall(command.encode() + b"\n")

    def _end_process(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._folder.cleanup()


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_START_TIMEOUT_S)
    connection.connect(str(path))
    return connection


def _ask_debugger(debugger: socket.socket, command: bytes) -> None:
    """One exchange of GDB's remote protocol: `$`, the command, `#` and two digits of a sum, both ways."""
    debugger.sendall(b"$%b#%02x" % (command, sum(command) % 256))
    answer = b""
    while not re.search(rb"\$.*#[0-9a-f]{2}", answer, re.DOTALL):
        received = debugger.recv(4096)
        if not received:
            raise DeviceError(f"{_QEMU} ended while its board was being reset: start it again.")
        answer += received
    if b"$E" in answer:
        raise DeviceError(f"{_QEMU} refused to reset its board ({answer!r}): another version of QEMU may do it.")
