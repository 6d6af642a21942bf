"""Sessions that cannot be forged, a secret that stays secret, and an invitation for this user only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from carebot.errors import SetupError
from carebot.tablet.invitation import (
    Invitation,
    invitation_path,
    read_invitation,
    withdraw_invitation,
    write_invitation,
)
from carebot.tablet.sessions import Session, Sessions, clean_name, load_secret


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é", "WyJhIiwiYiJd.aaaa.bbbb", "A" * 10_000, "\x00"])
def test_what_is_no_token_proves_nothing(token: str):
    assert Sessions(b"k" * 32).read(token) is None


def test_a_token_proves_its_session_only_to_its_own_secret():
    session, token = Sessions(b"k" * 32).start("愛子")
    assert Sessions(b"k" * 32).read(token) == session
    assert Sessions(b"q" * 32).read(token) is None
    payload, dated, signature = token.split(".")
    forged = ("B" if signature[0] == "A" else "A") + signature[1:]
    assert Sessions(b"k" * 32).read(f"{payload}.{dated}.{forged}") is None


def test_devices_differ_and_names_change():
    sessions = Sessions(b"k" * 32)
    first, second = sessions.start("Aiko")[0], sessions.start("Aiko")[0]
    assert first.device != second.device
    assert sessions.read(sessions.token(Session(first.device, "Ben"))) == Session(first.device, "Ben")


def test_names_are_made_fit_for_one_line():
    assert clean_name("  A\niko\x00\u202e  K ") == "A iko K"
    assert clean_name("\n\t\u200b") == ""
    assert clean_name("あ" * 301) == "あ" * 301  # whoever asked for it says that it is too long


def test_the_secret_is_made_once_and_private(tmp_path: Path):
    path = tmp_path / "a" / "secret"
    secret = load_secret(path)
    assert load_secret(path) == secret
    assert len(secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_a_secret_left_readable_is_closed(tmp_path: Path):
    path = tmp_path / "secret"
    load_secret(path)
    path.chmod(0o644)
    load_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_secret_is_refused(tmp_path: Path):
    (tmp_path / "secret").touch()
    with pytest.raises(SetupError, match="no usable secret"):
        load_secret(tmp_path / "secret")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be used"):
        load_secret(tmp_path / "file" / "secret")


def test_an_invitation_reaches_other_commands_of_this_user():
    invitation = Invitation("http://127.0.0.1:8080/", "012345", 1000.0)
    write_invitation(invitation, 8080)
    assert stat.S_IMODE(invitation_path(8080).stat().st_mode) == 0o600
    assert read_invitation(8080, now_s=999.0) == invitation
    assert read_invitation(8080, now_s=1001.0) is None
    assert read_invitation(8081, now_s=999.0) is None
    assert "012 345" in invitation.sentence()
    withdraw_invitation(8080)
    withdraw_invitation(8080)
    assert read_invitation(8080, now_s=999.0) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"url": 1, "pin": 2, "expires_at_s": "soon"}', "\ud800"])
def test_a_broken_invitation_is_none(content: str):
    path = invitation_path(8080)
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    assert read_invitation(8080) is None


def test_a_name_is_the_same_however_a_keyboard_puts_it_together():
    assert clean_name("か\u3099く") == "がく"
