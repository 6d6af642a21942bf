"""The firmware builds for every board without a warning, and fits."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drivers.carebot_mcu.conftest import FIRMWARE


def make(target: str, folder: Path, compiler: str) -> None:
    if not (shutil.which(compiler) and shutil.which("make")):
        pytest.skip(f"{compiler} or make is not here, so the firmware for {target} cannot be built")
    command = ["make", "-C", str(FIRMWARE), target, f"BUILD={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def sections(elf: Path, tool: str) -> dict[str, int]:
    """text, data and bss in bytes."""
    printed = subprocess.run([tool, str(elf)], capture_output=True, text=True, check=True).stdout
    text, data, bss = map(int, re.findall(r"\d+", printed.splitlines()[1])[:3])
    return {"text": text, "data": data, "bss": bss}


@pytest.mark.parametrize(
    ("board", "flash", "memory"), [("mega2560", 256 * 1024, 8 * 1024), ("atmega328p", 32 * 1024, 2 * 1024)]
)
def test_avr(board: str, flash: int, memory: int, tmp_path: Path) -> None:
    make(board, tmp_path, "avr-gcc")
    size = sections(tmp_path / f"{board}.elf", "avr-size")
    assert size["text"] + size["data"] < flash / 2
    assert size["data"] + size["bss"] < memory * 0.6  # the rest is for the stack
    assert (tmp_path / f"{board}.hex").stat().st_size > 1000


def test_stm32(tmp_path: Path) -> None:
    make("stm32f103", tmp_path, "arm-none-eabi-gcc")
    size = sections(tmp_path / "stm32f103.elf", "arm-none-eabi-size")
    assert size["text"] + size["data"] < 64 * 1024
    assert size["data"] + size["bss"] < 10 * 1024
