from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.bringup.lock import only_one, run_dir
from carebot.errors import SetupError


def test_a_second_one_is_told_who_was_first() -> None:
    with only_one("kitchen"), pytest.raises(SetupError, match=str(os.getpid())), only_one("kitchen"):
        pass


def test_another_robot_may_run_beside_it() -> None:
    with only_one("kitchen"), only_one("hall"):
        pass


def test_it_is_free_again_afterwards_and_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), only_one("kitchen"):
        raise ZeroDivisionError
    with only_one("kitchen"):
        pass


def test_a_process_that_was_killed_holds_nothing() -> None:
    code = (
        "import os\nfrom carebot.bringup.lock import only_one\nwith only_one('kitchen'):\n    os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with only_one("kitchen"):
        assert (run_dir() / "kitchen.lock").read_text() == f"{os.getpid()}\n"


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(SetupError, match="CAREBOT_DATA_DIR"):
        run_dir()
