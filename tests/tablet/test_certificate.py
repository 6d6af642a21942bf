"""The robot's own certificates: a real handshake with them, renewed in time, and bad files told in a sentence."""

from __future__ import annotations

import contextlib
import json
import ssl
import stat
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from carebot.cli import app as commands
from carebot.errors import SetupError
from carebot.tablet.certificate import Certificates, ensure
from carebot.tablet.server import TabletServer, bind, is_for_this_machine_alone, url

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


@contextlib.contextmanager
def served(certificates: Certificates) -> Iterator[str]:
    app, stopping = FastAPI(), threading.Event()
    app.get("/health")(lambda: {"status": "ok"})
    listening = bind("127.0.0.1", 0)
    address = url(listening, "https")
    thread = threading.Thread(
        target=TabletServer(app, stopping.is_set, certificates).run, kwargs={"sockets": [listening]}
    )
    thread.start()
    yield address
    stopping.set()
    thread.join(timeout=30)


def test_a_browser_that_knows_the_authority_trusts_the_server_and_another_does_not(tmp_path: Path):
    made, other = ensure(tmp_path / "tls"), ensure(tmp_path / "another robot's")
    with served(made) as address:
        assert httpx.get(f"{address}health", verify=_knowing(made), trust_env=False).json() == {"status": "ok"}
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{address}health", verify=_knowing(other), trust_env=False)


def _knowing(certificates: Certificates):

    return ssl.create_default_context(cafile=certificates.authority)


def test_the_keys_are_this_users_alone_and_everything_stays(tmp_path: Path):
    first, second = ensure(tmp_path, ["robot.example"], NOW), ensure(tmp_path, (), NOW)
    assert first == second
    assert "robot.example" in second.names
    assert "127.0.0.1" in second.names
    for key in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / key).stat().st_mode) == 0o600


def test_it_is_renewed_near_its_end_for_a_new_name_and_on_request_and_the_authority_stays(tmp_path: Path):
    first = ensure(tmp_path, (), NOW)
    later = ensure(tmp_path, (), NOW + timedelta(days=380))
    named = ensure(tmp_path, ["new.example"], NOW + timedelta(days=381))
    asked = ensure(tmp_path, (), NOW + timedelta(days=390), renew=True)
    assert first.not_after < later.not_after < named.not_after < asked.not_after
    assert len({each.fingerprint for each in (first, later, named, asked)}) == 1
    assert "new.example" in named.names


@pytest.mark.parametrize("lost", ["server.key", "server.pem", "ca.key", "ca.pem"])
def test_a_lost_file_is_made_anew(tmp_path: Path, lost: str):
    ensure(tmp_path)
    (tmp_path / lost).unlink()
    with served(made := ensure(tmp_path)) as address:
        assert httpx.get(f"{address}health", verify=_knowing(made), trust_env=False).status_code == 200


@pytest.mark.parametrize("broken", ["server.key", "server.pem", "ca.key", "ca.pem"])
def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path, broken: str):
    ensure(tmp_path)
    (tmp_path / broken).write_text("not a certificate")
    with pytest.raises(SetupError, match="remove the folder"):
        ensure(tmp_path)


def test_a_folder_that_is_a_file_is_told_in_a_sentence(tmp_path: Path):
    (tmp_path / "tls").write_text("")
    with pytest.raises(SetupError, match="cannot be used"):
        ensure(tmp_path / "tls")


def test_the_command_prints_what_a_machine_reads(tmp_path: Path):
    command = ["tablet", "certificate", "--folder", str(tmp_path), "--name", "robot.example", "--json"]
    facts = json.loads(CliRunner().invoke(commands, command).stdout)
    assert "robot.example" in facts["names"]
    assert len(facts["fingerprint_sha256"].split(":")) == 32
    assert Path(facts["authority"]).read_text().startswith("-----BEGIN CERTIFICATE")


def test_the_command_shows_the_fingerprint_and_the_way_to_lock_a_tablet(tmp_path: Path):
    shown = CliRunner().invoke(commands, ["tablet", "certificate", "--folder", str(tmp_path)]).stdout
    assert ensure(tmp_path).fingerprint in shown
    assert "https://robot:1/ca.pem" in CliRunner().invoke(commands, ["tablet", "kiosk", "https://robot:1"]).stdout


def test_only_the_loopback_is_for_this_machine_alone():
    for host, alone in (("127.0.0.1", True), ("0.0.0.0", False)):
        with contextlib.closing(bind(host, 0)) as listening:
            assert is_for_this_machine_alone(listening) is alone
