"""A caregiver's own voice over the API: what is taken, what is refused in their language, and what is written down."""

from __future__ import annotations

import struct
from pathlib import Path

import httpx
import pytest

from tests.tablet.running import RunningServer
from tests.tablet.test_care_api import detail
from tests.tones import tone, wav

PATH = "/api/v1/say/voice"
WAV = {"Content-Type": "audio/wav"}


def speak(client: httpx.Client, recording: bytes, **headers: str) -> httpx.Response:
    return client.post(PATH, content=recording, headers={**WAV, **headers})


def test_it_reaches_the_robot_and_stands_among_the_lines_until_it_is_called_off(
    server: RunningServer, client: httpx.Client
):
    recording = wav(tone(15.5))
    line = client.post(PATH, content=recording, headers=WAV, params={"urgent": True})
    assert line.status_code == 202, line.text
    assert server.do("what was played") == {"wav": recording, "urgent": True}
    said = client.get("/api/v1/conversation").json()["lines"][0]
    assert (said["id"], said["who"], said["text"], said["voice_s"]) == (line.json()["line"], "Aiko", "", 15.5)
    assert client.delete(f"/api/v1/say/{said['id']}").status_code == 200
    assert client.get("/api/v1/conversation").json()["lines"][0]["state"] == "not_said"


def test_the_record_has_who_and_how_long_and_no_file_has_the_sound(
    server: RunningServer, client: httpx.Client, tmp_path: Path
):
    samples = tone(2.0)
    assert speak(client, wav(samples)).status_code == 202
    [row] = client.get("/api/v1/audit", params={"kind": "command"}).json()["rows"]
    assert (row["who"], row["what"], row["about"]) == ("Aiko", "spoke through the robot", "2.0 s")
    assert row["detail"] == {"seconds": 2.0, "urgent": False}
    sound = samples[1000:1100].tobytes()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(sound in path.read_bytes() for path in files)


def test_a_key_plays_it_once_however_often_it_is_sent(server: RunningServer, client: httpx.Client):
    first, again = (speak(client, wav(tone()), **{"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json() == again.json()
    assert len(client.get("/api/v1/conversation").json()["lines"]) == 1
    assert "another command" in detail(speak(client, wav(tone(2.0)), **{"Idempotency-Key": "one"}), 409)


@pytest.mark.parametrize(
    ("recording", "words"),
    [
        (b"", "empty"),
        (b"RIFF....", "WAV"),
        (wav(tone(), channels=2), "one channel of 16 bits at 16 kHz"),
        (wav(tone(rate_hz=44_100)[:44_100], rate_hz=44_100), "one channel of 16 bits at 16 kHz"),
        (wav(tone()).replace(struct.pack("<HHI", 1, 1, 16_000), struct.pack("<HHI", 3, 1, 16_000)), "PCM"),
        (wav(tone())[:-2], "breaks off"),
        (wav(tone(15.6)), "longer than 15 s"),
        (wav(tone(0.1)), "too short"),
        (wav(tone(peak=0.0)), "Nothing can be heard"),
    ],
)
def test_what_cannot_be_played_is_refused_with_what_to_do(
    server: RunningServer, client: httpx.Client, recording: bytes, words: str
):
    assert words in detail(speak(client, recording), 422)
    assert server.do("what was played") == {}
    assert client.get("/api/v1/conversation").json()["lines"] == []


@pytest.mark.parametrize(
    ("language", "too_long", "other_kind", "too_short", "no_loudspeaker"),
    [
        ("en", "larger than 500000 bytes", "audio/wav", "too short", "No loudspeaker"),
        ("fr", "trop long", "Seul un enregistrement WAV", "trop court", "Aucun haut-parleur"),
        ("ja", "長すぎます", "WAVの録音だけ", "短すぎました", "スピーカーが使えません"),
    ],
)
def test_refusals_are_in_the_callers_language(
    server: RunningServer, client: httpx.Client, language: str, too_long, other_kind, too_short, no_loudspeaker
):
    asked = {"Accept-Language": language}
    assert too_long in detail(speak(client, bytes(500_001), **asked), 413)
    assert other_kind in detail(client.post(PATH, json={"text": "Hello"}, headers=asked), 415)
    assert too_short in detail(speak(client, wav(tone(0.1)), **asked), 422)
    server.do("robot is mute")
    assert no_loudspeaker in detail(speak(client, wav(tone()), **asked), 503)
    assert client.get("/api/v1/conversation").json()["mute"] is True


def test_other_operations_take_no_sound_and_nothing_that_is_larger_than_before(client: httpx.Client):
    detail(client.post("/api/v1/say", content=wav(tone()), headers=WAV), 415)
    detail(client.post("/api/v1/say", content=bytes(70_000), headers=WAV), 413)


def test_while_the_conversation_is_away_nothing_is_taken(server: RunningServer, client: httpx.Client):
    server.do("conversation is silent")
    assert "does not answer" in detail(speak(client, wav(tone())), 503)


def test_the_pages_may_ask_for_the_microphone_and_not_for_the_camera(client: httpx.Client):
    policy = client.get("/talk").headers["permissions-policy"]
    assert "microphone=(self)" in policy
    assert "camera=()" in policy
