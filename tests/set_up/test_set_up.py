"""The set-up's decisions, without its long work: what counts as done, what is missing, what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

CI = Path(__file__).parents[2] / ".ci"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CI))
    for name in ("set_up", "debian", "progress"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def debian() -> ModuleType:
    import debian

    return debian


@pytest.fixture
def progress(tmp_path: Path):
    from progress import Progress

    return Progress(2, tmp_path / "log")


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, at work on a small copy of the repository whose virtual environment is made and stamped."""
    import set_up

    monkeypatch.delenv("ROS_DISTRO", raising=False)
    for name in ("ROOT", "VENV", "VENV_PYTHON", "STAMP", "BUSY", "LOG", "BUILD"):
        there = tmp_path / getattr(set_up, name).relative_to(CI.parent)
        monkeypatch.setattr(set_up, name, there)
    for name in set_up.PACKAGE_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(CI.parent / name, tmp_path / name)
    shutil.copytree(CI.parent / "interfaces", tmp_path / "interfaces")
    for name in ("bin/python", "bin/carebot", "lib/python3.11/site-packages/numpy/__init__.py"):
        (set_up.VENV / name).parent.mkdir(parents=True, exist_ok=True)
        (set_up.VENV / name).touch()
    set_up._write_stamp("", False)
    return set_up


def test_what_is_made_and_stamped_is_done(set_up: ModuleType) -> None:
    assert set_up._is_done(for_tests=False)
    assert not set_up._is_broken(set_up._read_stamp())


def test_what_was_made_without_the_tests_is_not_enough_for_them(set_up: ModuleType) -> None:
    assert not set_up._is_done(for_tests=True)
    set_up._write_stamp("", True)
    assert set_up._is_done(for_tests=True)
    assert set_up._is_done(for_tests=False)


@pytest.mark.parametrize("name", ["setup.py", "interfaces/msg/Person.msg", "interfaces/msg/New.msg"])
def test_a_change_of_what_is_installed_is_noticed_and_needs_no_new_environment(set_up: ModuleType, name: str) -> None:
    with (set_up.ROOT / name).open("a") as file:
        file.write("# changed\n")
    assert not set_up._is_done(for_tests=False)
    assert not set_up._is_broken(set_up._read_stamp())


@pytest.mark.parametrize("name", ["bin/python", "bin/carebot", "lib/python3.11/site-packages/numpy"])
def test_a_damaged_environment_is_made_anew(set_up: ModuleType, name: str) -> None:
    path = set_up.VENV / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert not set_up._is_done(for_tests=False)
    assert set_up._is_broken(set_up._read_stamp())


def test_an_environment_whose_packages_were_being_unpacked_is_made_anew(set_up: ModuleType) -> None:
    set_up.BUSY.touch()
    assert set_up._is_broken(set_up._read_stamp())


def test_an_environment_that_was_moved_or_made_for_another_ros_is_made_anew(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = set_up._read_stamp()
    assert set_up._is_broken({**stamp, "root": "/elsewhere"})
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    assert set_up._is_broken(stamp)


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_an_unreadable_stamp_counts_as_none(set_up: ModuleType, content: str) -> None:
    set_up.STAMP.write_text(content)
    assert not set_up._is_done(for_tests=False)


def test_no_suitable_python_is_a_sentence_that_says_what_to_install(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up, "_facts", lambda executable: {"version": "3.9"})
    with pytest.raises(set_up.Trouble, match=r"needs Python 3\.10 to 3\.13, .*apt-get install python3\."):
        set_up._find_python()


def test_the_running_python_is_asked_for_its_facts(set_up: ModuleType) -> None:
    facts = set_up._find_python()
    assert facts["version"] == f"3.{sys.version_info[1]}"
    assert facts["venv"]


def test_the_python_of_an_existing_environment_stays_its_python(set_up: ModuleType, tmp_path: Path) -> None:
    (set_up.VENV / "pyvenv.cfg").write_text(f"home = {tmp_path}\nversion = 3.12.1\n")
    assert set_up._python_of_venv() == []
    (tmp_path / "python3.12").touch()
    assert set_up._python_of_venv() == [str(tmp_path / "python3.12")]


def test_a_machine_with_nothing_needs_everything(
    debian: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    monkeypatch.setattr(debian, "_has_mesa_drivers", lambda: False)
    monkeypatch.setattr(debian, "_has_sdformat", lambda: False)
    missing = debian.needs({"version": "3.12", "venv": False, "headers": False}, for_tests=True)
    found = [need.package for need in missing if need.missing]
    assert [package for package in found if package != "avr-libc"] == [
        *(
            "python3.12-venv",
            "python3.12-dev",
            "g++",
            "make",
            "libegl1",
            "libgl1-mesa-dri",
            "espeak-ng",
            "libportaudio2",
        ),
        *(
            "chromium",
            "libnss3-tools",
            "webkit2gtk-driver",
            "systemd",
            "flite",
            "xvfb",
            "ignition-tools",
            "libsdformat-dev",
            "pkg-config",
        ),
        *("gcc-avr", "qemu-system-misc"),
    ]


def test_without_the_right_to_install_the_exact_command_is_said(
    debian: ModuleType, progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "_rights", lambda: None)
    monkeypatch.setattr(debian, "_on_path", lambda *names: True)
    with pytest.raises(debian.Trouble, match=r"run `sudo apt-get install g\+\+`"):
        debian.provide([debian.Need("g++", "a compiler", missing=True)], progress)


def test_a_system_without_apt_is_told_what_is_missing(
    debian: ModuleType, progress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(debian.Trouble, match=r"a compiler is missing"):
        debian.provide([debian.Need("g++", "a compiler", missing=True)], progress)


def test_what_is_only_nice_to_have_earns_a_note(
    debian: ModuleType, progress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    debian.provide([debian.Need("chromium", "browser tests", missing=True, optional=True)], progress)
    assert "going on without chromium" in capsys.readouterr().out


def test_a_failing_tool_shows_the_end_of_its_output_and_the_remedy(
    progress, capsys: pytest.CaptureFixture[str]
) -> None:
    from progress import Trouble

    with pytest.raises(Trouble, match="do this"), progress.step("trying"):
        progress.run(["sh", "-c", "echo what went wrong; exit 3"], "do this")
    out = capsys.readouterr().out
    assert "[1/2] trying" in out
    assert "what went wrong" in out
    assert "done" not in out


def test_a_good_step_tells_its_seconds(progress, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.step("trying"):
        progress.run(["true"], "")
    assert "[1/2] trying done in 0." in capsys.readouterr().out


def test_the_script_itself_only_compares_when_all_is_done() -> None:
    stamp = CI.parent / ".venv" / "set-up.json"
    if not stamp.exists() or not json.loads(stamp.read_text()).get("for_tests"):
        pytest.skip("this environment was not made by .ci/set_up.py --test")
    before = stamp.stat().st_mtime_ns
    done = subprocess.run([sys.executable, str(CI / "set_up.py")], capture_output=True, text=True, check=False)
    if "nothing to do" not in done.stdout:
        pytest.skip("what is installed has changed since the set-up")
    assert done.returncode == 0
    assert stamp.stat().st_mtime_ns == before
