"""The site file's part about who is called: what is wrong is named, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from carebot.errors import ConfigError
from carebot.escalation.plan import load_plan
from tests.escalation.helpers import plan

GOOD = {
    "name": "a key of somebody else",
    "time_zone": "Asia/Tokyo",
    "caregivers": [{"name": "Aiko", "reach": {"mail": "mailto://me:very-secret@example.com"}}],
    "escalation": {"default": [{"tell": [{"who": "Aiko"}], "for_s": 60}]},
}


def written(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}))
    return path


def test_a_good_file(tmp_path: Path):
    found = load_plan(written(tmp_path))
    assert found.address("Aiko", "mail") == "mailto://me:very-secret@example.com"
    assert found.address("Nobody", "mail") is None


def test_an_address_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = written(tmp_path, caregivers=[{"name": "Aiko", "reach": {"mail": "env:AIKO_MAIL"}}])
    with pytest.raises(ConfigError, match="environment variable AIKO_MAIL is not set"):
        load_plan(file)
    monkeypatch.setenv("AIKO_MAIL", "json://localhost/aiko")
    assert load_plan(file).address("Aiko", "mail") == "json://localhost/aiko"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Asia/Tokio"}, "time_zone: it must be a time zone"),
        ({"caregivers": [{"name": "Aiko", "reach": {"x": "teleport://very-secret"}}]}, r"reach\.x is no address"),
        ({"caregivers": [{"name": "Aiko", "reach": {"x": "mailto://"}}]}, r"reach\.x is no address"),
        ({"caregivers": [{"name": "Aiko", "reach": {"x": "very-secret"}}]}, "it has no ://"),
        ({"caregivers": [{"name": "Aiko", "reach": {"x": "relay:bell"}}]}, "the relay 'bell', which is not among"),
        ({"caregivers": [GOOD["caregivers"][0]] * 2}, "two caregivers are called 'Aiko'"),
        ({"escalation": {"fall": GOOD["escalation"]["default"]}}, "no chain called 'default'"),
        ({"escalation": {"default": []}}, "has no level"),
        ({"escalation": {"default": [{"tell": [{"who": "Ben"}], "for_s": 60}]}}, "'Ben', who is not among"),
        ({"escalation": {"default": [{"tell": [{"who": "Aiko", "by": ["fax"]}], "for_s": 60}]}}, "'fax', which is not"),
        ({"escalation": {"default": [{"tell": [{"who": "Aiko"}], "for_s": 0}]}}, "for_s"),
        ({"escalation": {"default": [{"tell": [{"who": "Aiko"}], "for_s": float("inf")}]}}, "for_s"),
    ],
)
def test_what_is_wrong_is_named_without_secrets(tmp_path: Path, changes: dict, sentence: str):
    with pytest.raises(ConfigError, match=sentence) as refused:
        load_plan(written(tmp_path, **changes))
    assert "site.yaml" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_chain_that_lost_its_name_falls_back_to_the_default():
    assert plan().levels("gone") == plan().levels("default")
