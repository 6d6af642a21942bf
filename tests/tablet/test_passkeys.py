"""What a passkey is asked, where there are any, and how long a challenge lives; the rest is in tests/browser."""

from __future__ import annotations

import pytest

from carebot.records.accounts import Account
from carebot.records.passkeys import Passkey
from carebot.tablet.passkeys import (
    LIFE_S,
    MOST_OPEN,
    Challenges,
    PasskeyError,
    creation_options,
    here,
    made,
    request_options,
    sign_count_of,
)

AIKO = Account("a1", "Aiko", frozenset())
KEY = Passkey("YS1i", "a1", b"key", 0, "robot.local", "phone", 0.0)
HERE = here("https", "robot.local:8080")


@pytest.mark.parametrize(
    ("scheme", "host", "has"),
    [
        ("https", "robot.local:8080", True),
        ("https", "Robot.LOCAL", True),
        ("http", "localhost:8080", True),
        ("http", "robot.local:8080", False),
        ("https", "192.168.1.20:8080", False),
        ("https", "[fe80::1]:8080", False),
        ("http", "127.0.0.1:8080", False),
    ],
)
def test_there_are_passkeys_for_a_name_that_nobody_can_listen_to(scheme: str, host: str, has: bool):
    assert here(scheme, host).has_passkeys is has


def test_a_challenge_is_one_devices_for_one_purpose_once_and_for_a_while():
    challenges = Challenges()
    first = challenges.new("tablet", "sign-in", 0.0)
    for device, purpose in (("other", "sign-in"), ("tablet", "add")):
        with pytest.raises(PasskeyError):
            challenges.use(device, purpose, 1.0)  # type: ignore[arg-type]
    assert challenges.use("tablet", "sign-in", LIFE_S - 1) == first
    with pytest.raises(PasskeyError):
        challenges.use("tablet", "sign-in", 1.0)
    challenges.new("tablet", "sign-in", 0.0)
    with pytest.raises(PasskeyError):
        challenges.use("tablet", "sign-in", LIFE_S)


def test_a_new_challenge_takes_the_place_of_the_one_before_and_many_do_not_fill_the_memory():
    challenges = Challenges()
    first, second = challenges.new("tablet", "sign-in", 0.0), challenges.new("tablet", "sign-in", 0.0)
    assert first != second
    assert challenges.use("tablet", "sign-in", 1.0) == second
    for number in range(MOST_OPEN + 1):
        challenges.new(f"{number}", "sign-in", 0.0)
    with pytest.raises(PasskeyError):
        challenges.use("0", "sign-in", 1.0)


def test_the_device_is_to_know_its_owner_and_the_door_tells_nobodys_keys():
    making = creation_options(AIKO, [KEY], HERE, b"challenge")
    assert making["rp"] == {"name": "carebot", "id": "robot.local"}
    assert making["authenticatorSelection"]["residentKey"] == "required"
    assert making["authenticatorSelection"]["userVerification"] == "required"
    assert [each["id"] for each in making["excludeCredentials"]] == [KEY.id]
    asking = request_options(HERE, b"challenge")
    assert asking["userVerification"] == "required"
    assert not asking.get("allowCredentials")


RUBBISH = ["", "AAAA", "e30", "bnVsbA", "W10", "_" * 3000]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_refused_and_nothing_else(rubbish: str):
    made_of = {"clientDataJSON": rubbish, "attestationObject": rubbish}
    signed = {"clientDataJSON": rubbish, "authenticatorData": rubbish, "signature": rubbish, "userHandle": None}
    answer = {"id": "YS1i", "rawId": "YS1i", "type": "public-key"}
    with pytest.raises(PasskeyError):
        made({**answer, "response": made_of}, AIKO, "phone", HERE, b"challenge", 0.0)
    with pytest.raises(PasskeyError):
        sign_count_of({**answer, "response": signed}, KEY, HERE, b"challenge")
