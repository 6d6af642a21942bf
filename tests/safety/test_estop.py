from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.errors import RecordsError
from carebot.safety.estop import EstopStore
from carebot.safety.world import Estop

STOPPED = Estop(True, "the button on the robot", "Anna 止まって")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carebot" / "safety" / "robot.json"


def store_at(path: Path) -> EstopStore:
    return EstopStore(path, path.with_name("spare.json"))


def test_where_nothing_was_ever_stopped_nothing_is_latched(path: Path) -> None:
    assert store_at(path).load() == Estop(False, "", "")


@pytest.mark.parametrize("estop", [STOPPED, Estop(), Estop(True), Estop(False, "x", "y")])
def test_what_was_saved_is_loaded_by_the_next_process(path: Path, estop: Estop) -> None:
    store_at(path).save(estop)
    assert store_at(path).load() == estop
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["robot.json"]


def test_the_newest_state_counts(path: Path) -> None:
    store = store_at(path)
    for estop in (STOPPED, Estop(), Estop(True, "a shorter cause")):
        store.save(estop)
        assert store.load() == estop


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b"0", b'"latched"', b"{}", b"\xff\xfe", b"\0" * 64,
        b'{"latched": false}',
        b'{"latched": 0, "cause": "", "by": ""}',
        b'{"latched": null, "cause": "", "by": ""}',
        b'{"latched": "false", "cause": "", "by": ""}',
        b'{"latched": false, "cause": 1, "by": ""}',
        b'{"latched": false, "cause": "", "by": null}',
        b'{"latched": false, "cause": "", "by": "", "more": 1}',
        b'{"latched": false, "cause": "", "who": ""}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_a_latched_stop(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    estop = store_at(path).load()
    assert estop.latched
    assert estop.cause.startswith("robot.json ")
    assert estop.by == ""


def test_every_cut_of_the_file_is_a_latched_stop(path: Path) -> None:
    store_at(path).save(Estop())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert store_at(path).load() == Estop(True, "robot.json is damaged")


def test_a_file_that_cannot_be_read_is_a_latched_stop(path: Path) -> None:
    path.mkdir(parents=True)
    estop = store_at(path).load()
    assert estop.latched
    assert estop.cause.startswith("robot.json cannot be read: ")


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "robot.json"
    message = rf"^{path} cannot be written \(.+\): make its folder writable, or free some space\.$"
    with pytest.raises(RecordsError, match=message):
        store_at(path).save(STOPPED)


def test_a_failed_save_leaves_the_file_as_it_was_and_nothing_beside_it(path: Path) -> None:
    store = store_at(path)
    store.save(STOPPED)
    path.unlink()
    path.mkdir()
    (path / "in_the_way").touch()
    with pytest.raises(RecordsError):
        store.save(Estop())
    assert [each.name for each in path.parent.iterdir()] == ["robot.json"]
    assert store.load().latched


def test_a_full_disk_keeps_the_old_state(path: Path) -> None:
    """In a process of its own whose files may not grow."""
    store_at(path).save(STOPPED)
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from carebot.errors import RecordsError; from carebot.safety.estop import EstopStore\n"
        "from carebot.safety.world import Estop\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try: EstopStore(Path(sys.argv[1]), Path(sys.argv[2])).save(Estop())\n"
        "except RecordsError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(path.with_name("spare.json"))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written (File too large)" in done.stdout
    assert store_at(path).load() == STOPPED
    assert os.listdir(path.parent) == ["robot.json"]  # noqa: PTH208


def test_the_file_is_plain_json(path: Path) -> None:
    store_at(path).save(STOPPED)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "latched": True,
        "cause": "the button on the robot",
        "by": "Anna 止まって",
    }


def test_it_is_on_disk_before_it_takes_the_old_ones_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File first, then the renaming, then the folder: the order that a power cut cannot break."""
    done: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        kind = os.fstat(descriptor).st_mode
        done.append("folder" if stat.S_ISDIR(kind) else f"file of {os.fstat(descriptor).st_size}")
        real_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    store_at(path).save(Estop())
    assert done == [f"file of {path.stat().st_size}", "rename", "folder"]


@pytest.fixture
def full(tmp_path: Path) -> EstopStore:
    """One whose disk takes nothing; its spare works."""
    path = tmp_path / "full" / "robot.json"
    path.mkdir(parents=True)
    (path / "in_the_way").touch()
    return EstopStore(path, tmp_path / "memory" / "spare.json")


def test_a_stop_that_the_disk_did_not_take_is_known_to_the_next_process(full: EstopStore, tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match=r"full/robot\.json cannot be written"):
        full.save(STOPPED)
    shutil.rmtree(tmp_path / "full")
    after = EstopStore(tmp_path / "full" / "robot.json", tmp_path / "memory" / "spare.json")
    assert after.load() == STOPPED
    after.save(Estop())
    assert after.load() == Estop()
    assert list((tmp_path / "memory").iterdir()) == []


def test_a_reset_that_the_disk_did_not_take_leaves_the_stop_in_the_spare(full: EstopStore, tmp_path: Path) -> None:
    for estop in (STOPPED, Estop()):
        with pytest.raises(RecordsError):
            full.save(estop)
    assert json.loads((tmp_path / "memory" / "spare.json").read_text(encoding="utf-8"))["latched"]


def test_where_both_fail_the_failure_is_told_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordsError, match="cannot be written"):
        EstopStore(tmp_path / "file" / "robot.json", tmp_path / "file" / "spare.json").save(STOPPED)


def test_a_damaged_spare_is_a_latched_stop(path: Path) -> None:
    store_at(path).save(Estop())
    path.with_name("spare.json").write_text("{", encoding="utf-8")
    assert store_at(path).load() == Estop(True, "spare.json is damaged")
