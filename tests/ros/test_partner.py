"""Whom the robot talks with: as the site file and the parameters have it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from carebot.conversation.speaking.quiet_hours import QuietHours
from carebot.errors import ConfigError
from carebot.ros.partner import ConversationParameters, partner_of
from carebot.site.hours import Hours, Quiet


def site(folder: Path, residents: str) -> str:
    path = folder / "site.yaml"
    path.write_text(f"time_zone: Asia/Tokyo\nlanguage: ja\nresidents:\n{residents}", encoding="utf-8")
    return str(path)


def test_without_a_site_file_english() -> None:
    partner = partner_of(ConversationParameters())
    assert (partner.name, partner.language, partner.voice, partner.why_quiet()) == ("", "en", None, "")


def test_each_resident_has_their_own_language_and_voice(tmp_path: Path) -> None:
    file = site(tmp_path, "  - {name: ハナさん, voice: {rate: 0.6, volume: 0.9}}\n  - {name: Marie, language: fr}\n")
    hana = partner_of(ConversationParameters(site=file))
    assert (hana.name, hana.language, str(hana.zone)) == ("ハナ", "ja", "Asia/Tokyo")
    assert (hana.voice.rate, hana.voice.volume, hana.voice.pitch_semitones) == (0.6, 0.9, -2.0)
    marie = partner_of(ConversationParameters(site=file, resident="Marie"))
    assert (marie.name, marie.language, marie.voice) == ("Marie", "fr", None)
    assert partner_of(ConversationParameters(site=file, language="en")).language == "en"


def test_each_resident_pauses_as_long_as_they_do(tmp_path: Path) -> None:
    file = site(tmp_path, "  - {name: ハナ, end_silence_s: 1.5}\n  - {name: Marie}\n")
    silences = [
        partner_of(ConversationParameters(site=file, resident=each)).end_silence_s for each in ("ハナ", "Marie")
    ]
    assert silences == [1.5, 0.7]
    assert partner_of(ConversationParameters()).end_silence_s == 0.7
    with pytest.raises(ConfigError, match=r"line 4: residents\.0\.end_silence_s"):
        partner_of(ConversationParameters(site=site(tmp_path, "  - {name: ハナ, end_silence_s: 9}\n")))


def test_a_voice_that_cannot_be_is_refused_with_file_line_and_key(tmp_path: Path) -> None:
    file = site(tmp_path, "  - name: ハナ\n    voice: {rate: 5}\n")
    with pytest.raises(ConfigError, match=r"site\.yaml, line 5: residents\.0\.voice\.rate"):
        partner_of(ConversationParameters(site=file))


def test_quiet_hours_over_midnight() -> None:
    quiet = partner_of(ConversationParameters(quiet_from="22:00", quiet_until="07:00")).also_quiet
    assert quiet is not None
    assert [hour for hour in range(24) if quiet.holds(time(hour))] == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert "22:00 to 07:00" in quiet.why(time(23))
    assert quiet.why(time(12)) == ""


def test_the_site_files_quiet_hours_are_kept_the_residents_own_before_the_houses(tmp_path: Path) -> None:
    residents = """  - {name: ハナ, quiet_hours: [{from: "23:00", to: "09:00"}]}
  - {name: ジロウ}
quiet_hours: [{from: "21:00", to: "07:00"}]
"""
    file = site(tmp_path, residents)
    hana = partner_of(ConversationParameters(site=file, quiet_from="12:00", quiet_until="13:00"))
    jiro = partner_of(ConversationParameters(site=file, resident="ジロウ"))
    assert hana.quiet == (QuietHours(time(23), time(9)),)
    assert hana.also_quiet == QuietHours(time(12), time(13))
    assert jiro.quiet == (QuietHours(time(21), time(7)),)
    night = Hours.model_validate({"from": "20:00", "to": "06:00"})
    assert jiro.with_quiet(Quiet((night,))).quiet == (QuietHours(time(20), time(6)),)
    assert hana.with_quiet(Quiet()).quiet == ()
