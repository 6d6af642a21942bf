"""The spool tells what became of a delivery, also after kills."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from carebot.errors import RecordsError
from carebot.escalation.spool import KEPT_S, Fate, Result, Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "spool")
    made.prepare()
    return made


def test_a_delivery_is_claimed_once(spool: Spool):
    assert spool.fate("a.1") is Fate.NOT_BEGUN
    lock = spool.claim("a.1")
    assert lock is not None
    assert spool.claim("a.1") is None
    assert spool.fate("a.1") is Fate.UNDER_WAY
    spool.end(Result("a.1", "", 5.0))
    os.close(lock)
    assert spool.fate("a.1") is Fate.ENDED
    assert spool.result("a.1") == Result("a.1", "", 5.0)
    assert spool.claim("a.1") is None


def test_a_killed_delivery_is_broken_off(spool: Spool):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        spool.claim("a.1")
        os.write(writing, b"claimed")
        time.sleep(60)
    assert os.read(reading, 7) == b"claimed"
    assert spool.fate("a.1") is Fate.UNDER_WAY
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert spool.fate("a.1") is Fate.BROKEN_OFF
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_a_damaged_note_is_no_result(spool: Spool, tmp_path: Path):
    (tmp_path / "spool" / "a.1.result").write_text('{"key": "a.1"')
    assert spool.fate("a.1") is Fate.ENDED
    assert spool.result("a.1") is None


def test_old_files_are_forgotten_and_new_ones_kept(spool: Spool, tmp_path: Path):
    spool.end(Result("old.1", "", 1.0))
    spool.end(Result("new.1", "", 1.0))
    old_s = time.time() - KEPT_S - 60
    os.utime(tmp_path / "spool" / "old.1.result", (old_s, old_s))
    spool.prepare()
    assert spool.fate("old.1") is Fate.NOT_BEGUN
    assert spool.fate("new.1") is Fate.ENDED


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(RecordsError, match="for messages cannot be used"):
        Spool(tmp_path / "file" / "spool").prepare()
