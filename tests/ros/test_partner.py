"""Whom the robot talks with: as the site file and the parameters have it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.ros.partner import ConversationParameters, partner_of


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


def test_a_voice_that_cannot_be_is_refused_with_file_line_and_key(tmp_path: Path) -> None:
    file = site(tmp_path, "  - name: ハナ\n    voice: {rate: 5}\n")
    with pytest.raises(ConfigError, match=r"site\.yaml, line 5: residents\.0\.voice\.rate"):
        partner_of(ConversationParameters(site=file))


def test_quiet_hours_over_midnight() -> None:
    partner = partner_of(ConversationParameters(quiet_from="22:00", quiet_until="07:00"))
    assert partner.quiet is not None
    quiet = [hour for hour in range(24) if partner.quiet.holds(time(hour))]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert "22:00 to 07:00" in partner.quiet.why(time(23))
    assert partner.quiet.why(time(12)) == ""
