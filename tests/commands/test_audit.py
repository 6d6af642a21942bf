"""`carebot audit verify`, run as a technician does."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.records.audit import AuditLog, Deed
from carebot.records.site import SiteDatabase


@pytest.fixture
def file(tmp_path: Path) -> Path:
    database = SiteDatabase(tmp_path / "site.sqlite", "the test")
    for what in ("signed in", "signed out"):
        AuditLog(database).append(Deed("sign-in", "Aiko", what), 0.0)
    database.close()
    return tmp_path / "site.sqlite"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from carebot.cli import main; main()", "audit", "verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_whole_chain(file: Path):
    done = run("--file", file)
    assert (done.returncode, done.stdout) == (0, f"{file}: 2 rows, the chain is whole.\n")


def test_a_changed_row(file: Path):
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE audit SET content = replace(content, 'Aiko', 'Emil') WHERE number = 1")
    connection.close()
    done = run("--file", file, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["ok"], found["rows"], found["first_broken"]) == (False, 2, 1)


def test_no_file(tmp_path: Path):
    done = run("--file", tmp_path / "none")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "does not exist" in done.stderr
