"""What carebot needs of the system, found by evidence (not by package names), and how Debian and Ubuntu get it."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from progress import Progress, Trouble


@dataclass(frozen=True)
class Need:
    """One Debian package, why it is needed, and whether it is missing; an optional one only earns a note."""

    package: str
    purpose: str
    missing: bool
    optional: bool = False


def needs(python: dict, for_tests: bool) -> list[Need]:
    """Everything that carebot needs of the system; `python` holds the facts of `set_up.PYTHON_FACTS`."""
    version = python["version"]
    found = [
        Need(f"python{version}-venv", "virtual environments", not python["venv"]),
        Need(f"python{version}-dev", "Python's C headers", not python["headers"]),
        Need("g++", "a C++ compiler for the ROS messages", not _on_path("c++", "g++", "clang++")),
        Need("make", "make", not _on_path("make")),
        Need("libegl1", "drawing without a display", ctypes.util.find_library("EGL") is None),
        Need("libgl1-mesa-dri", "drawing without a GPU", not _has_mesa_drivers()),
        Need("espeak-ng", "the English and French voices", not _on_path("espeak-ng"), optional=True),
        Need("libportaudio2", "sound", ctypes.util.find_library("portaudio") is None, optional=True),
    ]
    if for_tests:
        browser = _on_path("chromium", "chromium-browser", "google-chrome")
        found.append(Need("chromium", "the browser tests, which are skipped without it", not browser, optional=True))
        trusts = _on_path("certutil")
        found.append(
            Need("libnss3-tools", "the test of whom a browser trusts, skipped without it", not trusts, optional=True)
        )
        webkit = _on_path("WebKitWebDriver")
        found.append(
            Need("webkit2gtk-driver", "the tests in Safari's engine, skipped without it", not webkit, optional=True)
        )
        broker = _on_path("mosquitto") or Path("/usr/sbin/mosquitto").exists()
        found.append(Need("mosquitto", "the tests of MQTT, which are skipped without it", not broker, optional=True))
        analyser = _on_path("systemd-analyze")
        found.append(Need("systemd", "the tests of the service, skipped without it", not analyser, optional=True))
        speaks = _on_path("flite")
        found.append(Need("flite", "the tests of spoken English, skipped without it", not speaks, optional=True))
        display = _on_path("Xvfb")
        found.append(
            Need("xvfb", "the tests that need a screen, which are skipped without it", not display, optional=True)
        )
        found += _needs_of_sdf_tests()
        found += _firmware_needs()
    return found


def _firmware_needs() -> list[Need]:
    """What compiles the motor firmware and runs it on an emulated board."""
    headers = Path("/usr/lib/avr/include/avr/io.h")
    return [
        Need("gcc-avr", "the firmware's tests, which are skipped without it", not _on_path("avr-gcc"), optional=True),
        Need("avr-libc", "the firmware's tests, which are skipped without it", not headers.is_file(), optional=True),
        Need("qemu-system-misc", "the emulated motor board", not _on_path("qemu-system-avr"), optional=True),
    ]


def _needs_of_sdf_tests() -> list[Need]:
    """Gazebo's own reader of worlds and models, which some tests hold the simulator against."""
    purpose = "the tests of SDF files, some of which are skipped without it"
    return [
        Need("ignition-tools", purpose, not _on_path("ign"), optional=True),
        Need("libsdformat-dev", purpose, not _has_sdformat(), optional=True),
        Need("pkg-config", purpose, not _on_path("pkg-config"), optional=True),
    ]


def provide(wanted: list[Need], progress: Progress) -> None:
    """Install what is missing; raises Trouble with the exact command where that needs somebody else's rights."""
    required = [need for need in wanted if need.missing and not need.optional]
    if required:
        _install(required, progress)
    for need in wanted:
        if need.missing and need.optional:
            _install_or_note(need, progress)


def _install(missing: list[Need], progress: Progress) -> None:
    packages = [need.package for need in missing]
    purposes = ", ".join(need.purpose for need in missing)
    if not _on_path("apt-get"):
        raise Trouble(f"{purposes} is missing: install what this system calls {' '.join(packages)}, then try again.")
    command = f"apt-get install {' '.join(packages)}"
    rights = _rights()
    if rights is None:
        raise Trouble(f"{purposes} is missing and this user may not install it: run `sudo {command}`, then try again.")
    progress.note(f"missing: {purposes}; apt-get brings {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    remedy = f"apt-get could not install {' '.join(packages)}: run `{command}` as root and see what it says."
    progress.run([*rights, "apt-get", "update"], remedy, environment)
    progress.run([*rights, "apt-get", "install", "-y", "--no-install-recommends", *packages], remedy, environment)


def _install_or_note(need: Need, progress: Progress) -> None:
    try:
        _install([need], progress)
    except Trouble as trouble:
        progress.note(f"going on without {need.package}: {trouble}")


def _rights() -> list[str] | None:
    """What to put before a command to run it as root; None where this user may not."""
    if os.geteuid() == 0:
        return []
    if not _on_path("sudo"):
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def _on_path(*names: str) -> bool:
    return any(shutil.which(name) for name in names)


def _has_mesa_drivers() -> bool:
    patterns = ("lib*/dri/*_dri.so", "lib*/*/dri/*_dri.so", "lib*/libgallium*", "lib*/*/libgallium*")
    return any(path for pattern in patterns for path in Path("/usr").glob(pattern))


def _has_sdformat() -> bool:
    return any(Path("/usr/include").glob("sdformat*"))
