"""What safety said last holds for half a second; then nothing is claimed of the stop, and no speed is allowed."""

from __future__ import annotations

import pytest

from carebot.tablet.api_models import motion_body
from carebot.tablet.frame import stop_of
from carebot.tablet.language import Texts, languages
from carebot.tablet.robot import Motion, RobotView


@pytest.mark.parametrize("latched", [False, True])
def test_the_api_tells_what_is_known(latched: bool):
    fresh = motion_body(Motion(0.35, latched, "tablet", "Aiko", ("near",), 0.4))
    assert (fresh.allowed_speed_m_s, fresh.emergency_stop, fresh.by) == (0.35, latched, "Aiko")
    stale = motion_body(Motion(0.35, latched, "tablet", "Aiko", ("near",), 0.6))
    assert (stale.allowed_speed_m_s, stale.emergency_stop, stale.by, stale.reasons) == (0.0, None, "", [])


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("latched", [False, True])
def test_the_page_tells_what_is_known(latched: bool, language: str):
    texts = Texts(language)
    fresh = stop_of(RobotView(motion=Motion(0.35, latched, age_s=0.9)), texts)
    assert fresh["data-stop"] == ("latched" if latched else "free")
    stale = stop_of(RobotView(motion=Motion(0.35, latched, age_s=1.1)), texts)
    assert stale == {"data-stop": "unknown", "data-stop-words": texts("stop_unknown")}
