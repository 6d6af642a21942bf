"""A certificate that the operator brings: a real handshake with it, and what is wrong with it told in a sentence."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448

from carebot.errors import SetupError
from carebot.tablet.certificate import Certificates, ensure
from carebot.tablet.own_certificate import own_pair
from tests.tablet.tls_server import served

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def issued(tmp_path: Path) -> Certificates:
    """What an authority of the operator's has issued, from the first of January 2030 on."""
    return ensure(tmp_path / "issued", ["robot.example"], NOW)


def refused(certificate: Path | str, key: Path | str, now: datetime = NOW) -> str:
    with pytest.raises(SetupError) as told:
        own_pair(str(certificate), str(key), now)
    assert str(told.value).endswith(".")
    return str(told.value)


def test_it_is_served_as_it_is_and_read_anew_when_it_was_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("carebot.tablet.server.RENEW_EVERY_S", 0.1)
    old, new = ensure(tmp_path / "old"), ensure(tmp_path / "new")
    files = tmp_path / "robot.pem", tmp_path / "robot.key"

    def put(made: Certificates) -> None:
        for source, there in zip((made.server, made.key), files, strict=True):
            shutil.copy(source, f"{there}.part")
            Path(f"{there}.part").replace(there)

    put(old)
    with served(own_pair(*map(str, files)), lambda: own_pair(*map(str, files))) as address:
        assert health(address, old) == 200
        put(new)
        ends_s = time.monotonic() + 20
        while health(address, new) != 200:
            assert time.monotonic() < ends_s
        (tmp_path / "robot.pem").write_text("half a cert")
        assert [health(address, new) for _ in range(20)] == [200] * 20
    assert files[1].read_bytes() == new.key.read_bytes()


def health(address: str, made: Certificates) -> int:
    with contextlib.suppress(httpx.TransportError):
        trusted = ssl.create_default_context(cafile=made.authority)
        return httpx.get(f"{address}health", verify=trusted, trust_env=False).status_code
    return 0


def test_without_one_the_robot_has_its_own():
    assert own_pair("", "") is None


def test_both_files_or_none(issued: Certificates):
    assert "belong together" in refused(issued.server, "")
    assert "belong together" in refused("", issued.key)


def test_a_file_that_is_not_there_or_may_not_be_read_is_named(issued: Certificates, tmp_path: Path):
    lost = tmp_path / "lost.pem"
    assert refused(lost, issued.key) == f"{lost} cannot be read (No such file or directory): see tablet.certificate."
    assert f"{lost} cannot be read" in refused(issued.server, lost)
    assert f"{tmp_path} cannot be read (Is a directory)" in refused(tmp_path, issued.key)


@pytest.mark.parametrize("content", [b"", b"not a certificate", b"\xff\x00" * 999, b"-----BEGIN CERTIFICATE-----\nAA"])
def test_a_file_that_holds_something_else_is_named(issued: Certificates, tmp_path: Path, content: bytes):
    other = tmp_path / "other.pem"
    other.write_bytes(content)
    assert f"{other} holds no certificate" in refused(other, issued.key)
    assert f"{other} holds no key" in refused(issued.server, other)
    assert f"{issued.key} holds no certificate" in refused(issued.key, issued.server)


def test_a_pair_that_is_over_or_has_not_begun_is_named_with_its_day(issued: Certificates):
    assert own_pair(str(issued.server), str(issued.key), NOW) is not None
    assert "held until 2031-02-01: renew it" in refused(issued.server, issued.key, NOW + timedelta(days=400))
    assert "holds only from 2029-12-31" in refused(issued.server, issued.key, NOW - timedelta(days=2))


def test_a_key_of_another_pair_or_with_a_password_is_named(issued: Certificates, tmp_path: Path):
    other = ensure(tmp_path / "another robot's", (), NOW)
    assert refused(issued.server, other.key) == (
        f"The key in {other.key} does not belong to the first certificate in {issued.server}."
    )
    of_another_kind = tmp_path / "ed448.key"
    of_another_kind.write_bytes(pem_of(ed448.Ed448PrivateKey.generate(), serialization.NoEncryption()))
    assert "does not belong" in refused(issued.server, of_another_kind)
    locked = tmp_path / "locked.key"
    key = serialization.load_pem_private_key(issued.key.read_bytes(), None)
    locked.write_bytes(pem_of(key, serialization.BestAvailableEncryption(b"teapots")))
    assert f"The key in {locked} has a password" in refused(issued.server, locked)


def pem_of(key: object, secrecy: serialization.KeySerializationEncryption) -> bytes:
    layout = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, layout, secrecy)  # type: ignore[attr-defined, no-any-return]
