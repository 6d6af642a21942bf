"""The robot's own certificates: a real handshake with them, renewed in time, and bad files told in a sentence."""

from __future__ import annotations

import contextlib
import json
import ssl
import stat
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from typer.testing import CliRunner

from carebot.cli import app as commands
from carebot.errors import SetupError
from carebot.tablet import certificate
from carebot.tablet.certificate import Certificates, ensure
from carebot.tablet.server import bind, is_for_this_machine_alone
from tests.tablet.tls_server import certify, served

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


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
    named = ensure(tmp_path, ["new.local"], NOW + timedelta(days=381))
    asked = ensure(tmp_path, (), NOW + timedelta(days=390), renew=True)
    assert first.not_after < later.not_after < named.not_after < asked.not_after
    assert len({each.fingerprint for each in (first, later, named, asked)}) == 1
    assert "new.local" in named.names


def test_a_stolen_authority_vouches_for_no_website(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = ensure(tmp_path, ["robot.example"])
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    assert authority.extensions.get_extension_for_class(x509.NameConstraints).critical
    for names, trusted in (
        (["127.0.0.1", "robot.local", "192.168.7.7", "10.1.2.3", "fd00::5", "robot.example"], True),
        (["127.0.0.1", "bank.example"], False),
        (["127.0.0.1", "notlocal"], False),
        (["127.0.0.1", "8.8.8.8"], False),
    ):
        certify(made, *names)
        with served(made) as address:
            if trusted:
                assert httpx.get(f"{address}health", verify=_knowing(made), trust_env=False).status_code == 200
            else:
                with pytest.raises(httpx.ConnectError, match="permitted subtree violation"):
                    httpx.get(f"{address}health", verify=_knowing(made), trust_env=False)


def test_a_name_outside_the_house_that_the_operator_adds_has_a_new_authority_made(tmp_path: Path):
    first = ensure(tmp_path, (), NOW)
    named = ensure(tmp_path, ["robot.example"], NOW)
    assert first.fingerprint != named.fingerprint
    assert "robot.example" in named.names
    assert (
        ensure(tmp_path, ["robot.example", "other.robot.example", "192.168.1.2"], NOW).fingerprint == named.fingerprint
    )


def test_a_public_address_that_this_machine_got_since_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(certificate, "own_addresses", lambda: {"127.0.0.1", "2001:db8:1:2::3"})
    first = ensure(tmp_path, (), NOW)
    monkeypatch.setattr(
        certificate, "own_addresses", lambda: {"127.0.0.1", "2001:db8:1:2::4", "2001:db8:9::1", "9.9.9.9"}
    )
    later = ensure(tmp_path, (), NOW)
    assert first.fingerprint == later.fingerprint
    assert "2001:db8:1:2::4" in later.names
    assert {"2001:db8:9::1", "9.9.9.9"}.isdisjoint(later.names)


def test_a_running_server_takes_the_renewed_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("carebot.tablet.server.RENEW_EVERY_S", 0.2)
    made, asked = ensure(tmp_path), threading.Event()

    def renewed() -> Certificates:
        if not asked.is_set():
            asked.set()
            raise SetupError("The disk is full: free some space.")
        return ensure(tmp_path, ["new.local"])

    with served(made, renewed) as address:
        port, deadline_s, shown = int(address.rstrip("/").rsplit(":", 1)[1]), time.monotonic() + 20, ""
        while "new.local" not in shown and time.monotonic() < deadline_s:
            with contextlib.suppress(OSError):
                pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
                shown = str(x509.load_pem_x509_certificate(pem.encode()).extensions)
        assert "new.local" in shown
        assert httpx.get(f"{address}health", verify=_knowing(made), trust_env=False).status_code == 200


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
    kiosk = CliRunner().invoke(commands, ["tablet", "kiosk", "https://robot:1"]).stdout
    assert "https://robot:1/ca.pem" in kiosk
    assert "`carebot drill SITE` tries only those calls, and rings no tablet" in kiosk


def test_only_the_loopback_is_for_this_machine_alone():
    for host, alone in (("127.0.0.1", True), ("0.0.0.0", False)):
        with contextlib.closing(bind(host, 0)) as listening:
            assert is_for_this_machine_alone(listening) is alone
