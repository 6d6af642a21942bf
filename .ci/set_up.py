#!/usr/bin/env python3
"""Makes `.venv` with everything carebot needs; runs with the system's Python and nothing else installed.

    python3 .ci/set_up.py [--test]

Where a ROS 2 environment is sourced (ROS_DISTRO is set and this Python imports rclpy), it is used; elsewhere ROS 2
comes from wheels. A second run with nothing changed only compares a stamp.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import debian
from progress import Progress, Trouble

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "set-up.json"
BUSY = VENV / "set-up.busy"
"""Lies in the virtual environment while packages are unpacked: where a run finds it, the one before died half-way."""
LOG = VENV / "set-up.log"
BUILD = VENV / "interfaces-build"
INTERFACES = "lib/python3.*/site-packages/carebot_interfaces"

OLDEST, NEWEST = (3, 10), (3, 13)
PYTHON_FACTS = """
import importlib.util as u, json, os, sys, sysconfig
include = sysconfig.get_path("include")
print(json.dumps({
    "executable": sys.executable, "version": "%d.%d" % sys.version_info[:2], "include": include,
    "headers": os.path.exists(os.path.join(include, "Python.h")),
    "venv": bool(u.find_spec("venv") and u.find_spec("ensurepip")), "rclpy": bool(u.find_spec("rclpy")),
}))
"""
PACKAGE_FILES = ("setup.py", "setup.cfg", "package.xml", ".ci/set_up.py")


def main() -> int:
    for_tests = "--test" in sys.argv[1:]
    began_s = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that pip and cmake are stopped too
    try:
        with _alone():
            if _is_done(for_tests):
                print(f"set-up: nothing to do ({time.monotonic() - began_s:.2f} s)")
                return 0
            _set_up(for_tests)
    except Trouble as trouble:
        print(f"set-up: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; the next run takes it up again.", file=sys.stderr)
        return 130
    print(f"set-up: done in {time.monotonic() - began_s:.0f} s")
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two set-ups of one folder wait for each other."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# --- what is already there ------------------------------------------------------------------------------------------


def _is_done(for_tests: bool) -> bool:
    stamp = _read_stamp()
    return (
        not BUSY.exists()
        and (not for_tests or stamp.get("for_tests") is True)
        and stamp.get("packages") == _packages_hash()
        and stamp.get("interfaces") == _interfaces_hash()
        and not _is_broken(stamp)
    )


def _is_broken(stamp: dict) -> bool:
    """Whether the virtual environment cannot be repaired by installing into it."""
    if BUSY.exists() or not VENV_PYTHON.exists():
        return True
    if stamp and (stamp.get("root") != str(ROOT) or stamp.get("ros") != _ros_wish()):
        return True
    return any(not (VENV / path).exists() for path in stamp.get("contents", []))


def _read_stamp() -> dict:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(ros: str, for_tests: bool) -> None:
    stamp = {
        "root": str(ROOT),
        "ros": ros,
        "for_tests": for_tests,
        "packages": _packages_hash(),
        "interfaces": _interfaces_hash(),
        "contents": [str(path.relative_to(VENV)) for path in [*_installed(), VENV / "bin" / "carebot"]],
    }
    draft = STAMP.with_suffix(".part")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(STAMP)


def _installed() -> list[Path]:
    """The packages themselves; their `dist-info` changes its name with each version that somebody tries."""
    return sorted(path for path in _site_packages().iterdir() if not path.name.endswith(("-info", ".pth", "__")))


def _packages_hash() -> str:
    return _hash([ROOT / name for name in PACKAGE_FILES])


def _interfaces_hash() -> str:
    return _hash(sorted(path for path in (ROOT / "interfaces").rglob("*") if path.is_file()))


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256(_ros_wish().encode())
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _ros_wish() -> str:
    """The ROS 2 distribution whose environment is sourced, or nothing."""
    return os.environ.get("ROS_DISTRO", "")


# --- making it ------------------------------------------------------------------------------------------------------


def _set_up(for_tests: bool) -> None:
    stamp = _read_stamp()
    if _is_broken(stamp) and VENV.exists():
        print(f"set-up: {VENV.name} is half-made, damaged or from elsewhere; it is made anew", flush=True)
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    for_tests = for_tests or stamp.get("for_tests") is True
    builds_interfaces = stamp.get("interfaces") != _interfaces_hash() or not list(VENV.glob(INTERFACES))
    progress = Progress(3 + builds_interfaces, LOG)
    with progress.step("system packages"):
        python = _find_python()
        sourced = _sourced_ros(python, progress)
        debian.provide(debian.needs(python, for_tests), progress)
        python = _facts(python["executable"]) or python
    STAMP.unlink(missing_ok=True)
    with progress.step(f"Python packages ({'ROS ' + sourced if sourced else 'ROS 2 from wheels'})"):
        _make_venv(python, sourced, progress)
        _install_packages(sourced, for_tests, progress)
    if builds_interfaces:
        with progress.step("carebot's ROS messages"):
            _build_interfaces(python, sourced, progress)
    with progress.step("trying it"):
        _try_out(progress)
    _write_stamp(_ros_wish(), for_tests)


def _find_python() -> dict:
    """The facts of the first suitable Python: that of the virtual environment, the running one, the newest on PATH."""
    running = getattr(sys, "_base_executable", None) or sys.executable
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    candidates = [*_python_of_venv(), running, *filter(None, map(shutil.which, names))]
    for candidate in candidates:
        facts = _facts(candidate)
        if facts and OLDEST <= tuple(map(int, facts["version"].split("."))) <= NEWEST:
            return facts
    raise Trouble(
        f"carebot needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and python3 is {platform.python_version()} here: "
        f"install one of them, for example with `apt-get install python3.12 python3.12-venv python3.12-dev`."
    )


def _python_of_venv() -> list[str]:
    """The Python that an existing virtual environment was made with."""
    if not (VENV / "pyvenv.cfg").exists():
        return []
    lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    config = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    python = Path(config.get("home", "")) / f"python{'.'.join(config.get('version', '').split('.')[:2])}"
    return [str(python)] if python.exists() else []


def _facts(executable: str) -> dict | None:
    done = subprocess.run([executable, "-c", PYTHON_FACTS], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def _sourced_ros(python: dict, progress: Progress) -> str:
    """The name of the sourced ROS 2 distribution, or nothing where the wheels are to be used."""
    distribution = os.environ.get("ROS_DISTRO", "")
    if distribution and python["rclpy"]:
        return distribution
    if distribution:
        progress.note(
            f"ROS_DISTRO is {distribution}, but {python['executable']} has no rclpy: ROS 2 comes from wheels."
        )
    if platform.machine() != "x86_64" or sys.platform != "linux":
        raise Trouble(
            f"there are no ROS 2 wheels for {platform.machine()}: install ROS 2, source its setup.bash, try again."
        )
    return ""


def _make_venv(python: dict, sourced: str, progress: Progress) -> None:
    if VENV_PYTHON.exists():
        return
    system = ["--system-site-packages"] if sourced else []
    remedy = f"{python['executable']} could not make the virtual environment {VENV}: see the lines above."
    progress.run([python["executable"], "-m", "venv", *system, str(VENV)], remedy, _environment())


NEW_PIP = "pip>=25"


def _install_packages(sourced: str, for_tests: bool, progress: Progress) -> None:
    extras = ([] if sourced else ["ros", "interfaces"]) + (["test"] if for_tests else [])
    project = f".[{','.join(extras)}]" if extras else "."
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    BUSY.touch()
    remedy = "pip could not install carebot's packages: see the lines above; often it is the network or a full disk."
    try:
        # A distribution's older pip can search for half an hour for what a newer one finds at once.
        progress.run([*command, "--upgrade", NEW_PIP], remedy, _environment(), ROOT)
        progress.run([*command, "--editable", project], remedy, _environment(), ROOT)
    except Trouble:
        BUSY.unlink()  # pip itself said no, so it has also undone its work
        raise
    BUSY.unlink()


def _build_interfaces(python: dict, sourced: str, progress: Progress) -> None:
    """Build `interfaces/` with CMake into the virtual environment."""
    if sourced:
        shutil.copy(ROOT / ".ci" / "library_path.py", _site_packages() / "carebot_library_path.py")
        (_site_packages() / "carebot_library_path.pth").write_text("import carebot_library_path\n", encoding="utf-8")
    else:
        _correct_wheels(python)
    _remove_old_interfaces()
    prefixes = os.pathsep.join(filter(None, [str(VENV), os.environ.get("AMENT_PREFIX_PATH") if sourced else None]))
    environment = {**_environment(), "AMENT_PREFIX_PATH": prefixes, "CMAKE_PREFIX_PATH": prefixes}
    cmake = shutil.which("cmake", path=environment["PATH"])
    if cmake is None:
        raise Trouble("cmake is missing: run `sudo apt-get install cmake`, then try again.")
    remedy = "carebot's ROS messages could not be built: see the lines above and the whole story in .venv/set-up.log."
    configure = [
        *(cmake, "-S", str(ROOT / "interfaces"), "-B", str(BUILD)),
        *("-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_INSTALL_PREFIX={VENV}", "-DCMAKE_INSTALL_LIBDIR=lib"),
        *(f"-DPython3_EXECUTABLE={VENV_PYTHON}", f"-DPYTHON_EXECUTABLE={VENV_PYTHON}", "-DBUILD_TESTING=OFF"),
    ]
    progress.run(
        [*configure, *(["-GNinja"] if shutil.which("ninja", path=environment["PATH"]) else [])], remedy, environment
    )
    progress.run([cmake, "--build", str(BUILD), "--target", "install"], remedy, environment)
    shutil.rmtree(BUILD)


def _correct_wheels(python: dict) -> None:
    """The wheels' CMake files name folders of the machine that built them; put this machine's in their place."""
    builder = re.compile(r"/opt/python/cp\d+-cp\d+/(include/python3\.\d+|lib/python3\.\d+/site-packages)")

    def here(match: re.Match[str]) -> str:
        return python["include"] if match.group(1).startswith("include") else str(_site_packages())

    for path in VENV.glob("share/*/cmake/*.cmake"):
        text = path.read_text(encoding="utf-8")
        corrected = builder.sub(here, text)
        if corrected != text:
            path.write_text(corrected, encoding="utf-8")


def _remove_old_interfaces() -> None:
    places = [
        "include/carebot_interfaces",
        "share/carebot_interfaces",
        "lib/libcarebot_interfaces*",
        "interfaces-build",
    ]
    found = [path for place in places for path in VENV.glob(place)] + list(_site_packages().glob("carebot_interfaces*"))
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _try_out(progress: Progress) -> None:
    code = (
        "import carebot, rclpy, sensor_msgs.msg, cv2, onnxruntime, mujoco, nicegui\n"
        "from carebot_interfaces.msg import People\n"
        "People.__import_type_support__()  # what opens the message libraries"
    )
    remedy = "what was installed cannot be imported: see the lines above; `make clean` and a new try may help."
    progress.run([str(VENV_PYTHON), "-c", code], remedy, _environment())


def _environment() -> dict[str, str]:
    """This environment with the virtual environment first, and nothing of another one that may be active."""
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    for name in ("PYTHONHOME", "VIRTUAL_ENV", "_ROS_WHEELS_BOOTSTRAP_COMPLETE"):
        environment.pop(name, None)
    return environment


def _site_packages() -> Path:
    return next(iter(VENV.glob("lib/python3.*/site-packages")))


if __name__ == "__main__":
    sys.exit(main())
