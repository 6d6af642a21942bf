"""The robot's parts in the reader's words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import carebot
from carebot.tablet.language import Texts, languages
from carebot.tablet.part_words import fault_words, part_words
from carebot.tablet.robot import Part, RobotView

SOURCES = Path(carebot.__file__).parent
OWN_NAMES = sorted(
    {name for file in SOURCES.rglob("*.py") for name in re.findall(r'\bHealth\(\s*"([^"]+)"', file.read_text("utf-8"))}
)


def test_the_sources_name_parts():
    assert {"camera", "motors", "language model"} <= set(OWN_NAMES)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("own_name", OWN_NAMES)
def test_every_part_has_a_name_in_every_language(own_name: str, language: str):
    assert ":" not in part_words(Part(f"node: {own_name}", "ok", ""), Texts(language))


def test_another_makers_part_is_called_as_it_calls_itself():
    assert part_words(Part("lidar driver: /dev/ttyUSB0", "ok", ""), Texts("ja")) == "lidar driver: /dev/ttyUSB0"


def test_only_what_needs_attention_is_told():
    parts = (
        Part("perception: camera", "error", "no picture for 3 s"),
        Part("drive: motors", "warn", "the cable is loose"),
        Part("care: records", "ok", "all on disk"),
        Part("conversation: hearing", "stale", ""),
    )
    assert fault_words(RobotView(parts=parts), Texts("ja")) == "カメラ：故障 · モーター：注意"
    assert fault_words(RobotView(parts=parts), Texts("en")) == "camera: fault · motors: attention"
    assert fault_words(RobotView(), Texts("fr")) == ""
