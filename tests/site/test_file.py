"""The site file: what is wrong in it is named by file, line and key."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.errors import ConfigError
from carebot.escalation.plan import load_plan
from carebot.resources import share_dir
from carebot.site.file import Site, load_site, map_path
from carebot.site.places import Zone

HOME = share_dir() / "sim" / "sites" / "home.yaml"
SQUARE = [[0, 0], [3, 0], [3, 3], [0, 3]]
SLOW = {"name": "z", "kind": "slow", "polygon": SQUARE, "max_speed_m_s": 0.2}
MAT = {"name": "mat", "kind": "exercise", "polygon": SQUARE}
BESIDE = [[3, 0], [6, 0], [6, 3], [3, 3]]


def written(tmp_path: Path, **content: Any) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_the_example_is_good_to_both_who_read_it():
    site = load_site(HOME)
    assert [room.name for room in site.rooms if not room.consent.camera] == ["bathroom"]
    assert site.room("kitchen").spoken("ja") == "台所"
    assert site.room("kitchen").stand.pose.yaw_rad == pytest.approx(math.pi / 4)
    assert site.room_at(7.0, 1.0).name == "living_room"
    assert site.resident("佐藤ハナ").address == "ハナさん"
    assert site.dock().name == "charger"
    assert map_path(site, HOME) == HOME.parent / "home_map.yaml"
    assert load_plan(HOME).caregiver("Aiko Tanaka").language == "ja"


def test_a_name_without_words_is_spoken_as_it_is_written(tmp_path: Path):
    site = load_site(written(tmp_path, rooms=[{"name": "living_room", "polygon": SQUARE}]))
    assert site.room("living_room").spoken("fr") == "living room"
    assert site.language_of("somebody") == "en"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            {"rooms": [{"name": "a", "polygon": SQUARE}, {"name": "b", "polygon": [[2, 0], [6, 0], [6, 3], [2, 3]]}]},
            r"line 13: rooms\.1\.polygon: b overlaps a by 3\.00 m²",
        ),
        ({"residents": [{"name": "Hana"}, {"name": "Hana"}]}, r"line 3: residents\.1: two are called 'Hana'"),
        ({"time_zone": "Tokyo"}, r"line 1: time_zone: it must be a time zone such as Asia/Tokyo"),
        (
            {"rooms": [{"name": "a", "polygon": [[0, 0], [3, 3], [3, 0], [0, 3]]}]},
            r"rooms\.0\.polygon: its edges cross",
        ),
        ({"rooms": [{"name": "a", "polygon": [[0, 0], [3, 3]]}]}, r"at least 3 corners"),
        ({"rooms": [{"name": "a", "polygon": [[0, 0], [0.1, 0], [0.1, 0.1]]}]}, r"0\.005 m²: corners are in metres"),
        ({"rooms": [{"name": "a", "polygon": [[0, 0], [math.inf, 0], [1, 1]]}]}, r"rooms\.0\.polygon\.1\.0"),
        ({"rooms": [{"name": "a", "polygon": SQUARE, "colour": "red"}]}, r"the key 'rooms\.0\.colour' is unknown"),
        ({"room": []}, r"line 1: the key 'room' is unknown: use one of name, time_zone"),
        (
            {"rooms": [{"name": "a", "polygon": SQUARE}], "places": [{"name": "a", "at": [1, 1]}]},
            r"places\.0: 'a' is also among rooms",
        ),
        (
            {"rooms": [{"name": "a", "polygon": SQUARE, "stand": {"at": [4, 1]}}]},
            r"rooms\.0\.stand\.at: 4, 1 is not in a",
        ),
        (
            {
                "rooms": [{"name": "a", "polygon": SQUARE}],
                "doors": [{"name": "d", "at": [3, 1], "between": ["a", "b"]}],
            },
            r"doors\.0\.between: 'b' is not among rooms \(a\)",
        ),
        (
            {
                "rooms": [{"name": "a", "polygon": SQUARE}, {"name": "b", "polygon": BESIDE}],
                "doors": [{"name": "d", "at": [1, 1], "between": ["a", "b"]}],
            },
            r"doors\.0\.at: d is 2\.00 m away from b",
        ),
        ({"residents": [{"name": "Hana", "room": "attic"}]}, r"residents\.0\.room: 'attic' is not among rooms"),
        (
            {"zones": [{"name": "bed", "kind": "bed", "polygon": SQUARE, "resident": "Hana"}]},
            r"zones\.0\.resident: 'Hana' is not among residents \(nobody yet\)",
        ),
        ({"zones": [{"name": "z", "kind": "slow", "polygon": SQUARE}]}, r"zones\.0: .*needs max_speed_m_s"),
        ({"zones": [{**SLOW, "during": [{"from": "10:00", "to": "11:00"}]}]}, r"zones\.0: .*slow holds always"),
        ({"zones": [{**MAT, "during": [{"from": "10", "to": "11:00"}]}]}, r"'10' is no time of day"),
        ({"zones": [{"name": "z", "kind": "lava", "polygon": SQUARE}]}, r"zones\.0\.kind"),
        (
            {"docks": [{"name": name, "at": [1, 1], "marker_id": 7} for name in ("one", "other")]},
            r"docks\.1\.marker_id: 7 also hangs at one: print another marker",
        ),
        ({"docks": [{"name": "d", "at": [1, 1], "gap_m": 0.02}]}, r"docks\.0\.gap_m"),
        ({"language": "de"}, r"line 1: language: Input should be 'en', 'ja' or 'fr'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: dict[str, Any], sentence: str):
    path = written(tmp_path, **content)
    with pytest.raises(ConfigError, match=sentence) as raised:
        load_site(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["rooms: [", "- a\n- b\n", "", "\0", "rooms: &a [*a]"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"site\.yaml"):
        load_site(path)


def test_a_site_without_a_map_says_so(tmp_path: Path):
    path = written(tmp_path, name="x")
    with pytest.raises(ConfigError, match="there is no map"):
        map_path(load_site(path), path)


@pytest.mark.parametrize(
    ("during", "at", "holds"),
    [
        ([], "03:00", True),
        ([{"from": "10:00", "to": "10:30"}], "10:00", True),
        ([{"from": "10:00", "to": "10:30"}], "10:30", False),
        ([{"from": "10:00", "to": "10:30"}, {"from": "21:00", "to": "06:00"}], "05:59", True),
        ([{"from": "21:00", "to": "06:00"}], "12:00", False),
    ],
)
def test_a_zone_means_what_it_says_during_its_hours(during: list, at: str, holds: bool) -> None:
    zone = Zone.model_validate({**MAT, "during": during})
    assert zone.holds_at(datetime.fromisoformat(f"2026-11-29T{at}")) is holds


@pytest.mark.parametrize(
    ("residents", "language"),
    [([], "fr"), (["ja"], "ja"), ([None], "fr"), (["ja", "ja"], "ja"), (["ja", "en"], "fr")],
)
def test_all_who_may_be_meant_are_spoken_to_in_one_language_only_if_it_is_theirs(residents, language) -> None:
    people = [{"name": f"resident {n}", "language": each} for n, each in enumerate(residents)]
    assert Site.model_validate({"language": "fr", "residents": people}).home_language() == language
