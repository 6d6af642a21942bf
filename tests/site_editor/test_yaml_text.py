"""What is changed in a YAML text, and that nothing else of it is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.errors import ConfigError
from carebot.resources import share_dir
from carebot.site_editor.yaml_text import Entry, with_lists

HOME = (share_dir() / "sim" / "sites" / "home.yaml").read_text(encoding="utf-8")
KEYS = ("rooms", "places", "doors", "docks", "zones")


def entries(text: str, key: str) -> list[Entry]:
    return [Entry(value, number) for number, value in enumerate(yaml.safe_load(text).get(key) or [])]


def unlike(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are in one alone."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_what_is_not_changed_stays_to_the_last_sign():
    assert with_lists(HOME, {key: entries(HOME, key) for key in KEYS}) == HOME


def test_one_corner_changes_one_number():
    rooms = entries(HOME, "rooms")
    rooms[2].value["polygon"][1][0] = 9.75
    gone, come = unlike(HOME, with_lists(HOME, {"rooms": rooms}))
    assert gone == ["    polygon: [[5.4, 5], [10, 5], [10, 8], [5.4, 8]]"]
    assert come == ["    polygon: [[5.4, 5], [9.75, 5], [10, 8], [5.4, 8]]"]


def test_corners_come_and_go():
    zones = entries(HOME, "zones")
    zones[1].value["polygon"].append([9.5, 4])
    del zones[2].value["polygon"][0]
    _, come = unlike(HOME, with_lists(HOME, {"zones": zones}))
    assert "[9.0, 3.4], [9.5, 4]]}" in come[0]
    assert "polygon: [[8.0, 1.3], [8.0, 3.2], [6.8, 3.2]]}" in come[1]


def test_an_entry_is_taken_out_and_its_neighbours_stay():
    places = entries(HOME, "places")
    gone, come = unlike(HOME, with_lists(HOME, {"places": [places[0], *places[2:]]}))
    assert (gone[0], come) == ("  - name: bedside", [])
    assert all("ベッドのそば" in line or "1.7" in line or "100" in line or "bedside" in line for line in gone)


def test_keys_come_and_go_in_both_ways_of_writing():
    zones, rooms = entries(HOME, "zones"), entries(HOME, "rooms")
    zones[4].value["kind"] = "exercise"
    del zones[4].value["max_speed_m_s"]
    zones[4].value["during"] = [{"from": "10:00", "to": "10:30"}]
    del rooms[0].value["stand"]
    rooms[1].value["consent"] = {"camera": False}
    _, come = unlike(HOME, with_lists(HOME, {"zones": zones, "rooms": rooms}))
    assert come == [
        "    consent: {camera: false}",
        "  - {name: entrance_mat, kind: exercise, polygon: [[0.05, 3.3], [1.2, 3.3], [1.2, 4.5], [0.05, 4.5]], "
        'during: [{from: "10:00", to: "10:30"}]}',
    ]


def test_new_entries_are_written_as_their_neighbours_are():
    room = Entry({"name": "hall", "polygon": [[0, 0], [1, 0], [1, 1.5]]})
    zone = Entry({"name": "off", "kind": "forbidden", "polygon": [[0, 0], [1, 0], [1, 1]], "resident": "yes: no"})
    rooms, zones = [*entries(HOME, "rooms"), room], [*entries(HOME, "zones"), zone]
    gone, come = unlike(HOME, with_lists(HOME, {"rooms": rooms, "zones": zones}))
    assert gone == []
    assert come == [
        "  - name: hall",
        "    polygon: [[0, 0], [1, 0], [1, 1.5]]",
        '  - {name: "off", kind: forbidden, polygon: [[0, 0], [1, 0], [1, 1]], resident: "yes: no"}',
    ]


BLOCKS = """# first
rooms:   # all of them
  # the big one
  - name: big  # to the south
    polygon:
    - [0, 0]  # by the window
    - [4, 0]
    - - 4
      - 4
  # the small one
  - polygon: [[5, 5],   # odd
              [6, 5], [6, 6]]
    name: small

# the end
zones:
mqtt: {host: a}"""


def test_comments_between_entries_stay():
    rooms = entries(BLOCKS, "rooms")
    rooms[0].value["polygon"][2][0] = 3.5
    rooms[0].value["polygon"].append([0, 4])
    text = with_lists(BLOCKS, {"rooms": rooms[:1], "zones": [Entry({"name": "z", "kind": "bed"})]})
    assert (
        text
        == """# first
rooms:   # all of them
  # the big one
  - name: big  # to the south
    polygon:
    - [0, 0]  # by the window
    - [4, 0]
    - - 3.5
      - 4
    - [0, 4]
  # the small one

# the end
zones:
  - name: z
    kind: bed
mqtt: {host: a}"""
    )


def test_a_list_is_emptied_and_begun():
    empty = with_lists(BLOCKS, {"rooms": []})
    assert "rooms: []   # all of them\n  # the big one\n" in empty
    assert yaml.safe_load(empty)["rooms"] == []
    begun = with_lists(empty, {"rooms": [Entry({"name": "a"})], "docks": [Entry({"name": "b", "at": [0, 1]})]})
    assert yaml.safe_load(begun)["rooms"] == [{"name": "a"}]
    assert begun.endswith("mqtt: {host: a}\ndocks:\n  - name: b\n    at: [0, 1]\n")


def test_the_ends_of_lines_stay_as_they_are():
    text = BLOCKS.replace("\n", "\r\n")
    changed = with_lists(text, {"rooms": [*entries(text, "rooms"), Entry({"name": "new", "at": [1, 2]})]})
    assert changed.count("\n") == changed.count("\r\n") == text.count("\n") + 2


def test_an_empty_file_is_begun():
    assert with_lists("", {"rooms": [Entry({"name": "a"})]}) == "rooms:\n  - name: a\n"


@pytest.mark.parametrize(
    "text",
    [
        "rooms: [{name: a, polygon: &p [[0, 0], [1, 0], [1, 1]]}, {name: b, polygon: *p}]",
        "rooms:\n- {name: a, polygon: &p [[0, 0], [1, 0], [1, 1]]}\n- {name: b, polygon: *p}\n",
    ],
)
def test_what_hangs_together_is_not_changed_by_halves(text: str):
    rooms = entries(text, "rooms")
    rooms[1] = Entry({"name": "b", "polygon": [[0, 0], [2, 0], [1, 1]]}, 1)
    with pytest.raises(ConfigError, match="by hand"):
        with_lists(text, {"rooms": rooms})


LINE = "\n"
numbers = st.one_of(st.integers(-9, 9), st.integers(-900, 900).map(lambda cm: cm / 100))
values = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "off", "y", "null", "hall_2"])},
    optional={
        "polygon": st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=5),
        "called": st.dictionaries(st.sampled_from(["en", "ja"]), st.text(max_size=6), min_size=1),
        "during": st.lists(st.fixed_dictionaries({"from": st.just("10:00"), "to": st.just("1:30")}), max_size=2),
        "facing_deg": numbers,
    },
)


@settings(max_examples=150, deadline=None)
@given(
    old=st.lists(values, max_size=4),
    new=st.lists(st.tuples(st.booleans(), values), max_size=6),
    is_flow=st.sampled_from([None, True, False]),
    tail=st.sampled_from(["", "mqtt: {a: b}  # c\n", "# only"]),
    width=st.sampled_from([10, 80]),
)
def test_whatever_is_changed_is_read_back(
    old: list[dict[str, Any]], new: list[tuple[bool, dict[str, Any]]], is_flow: bool | None, tail: str, width: int
):
    text = yaml.safe_dump(old, default_flow_style=is_flow, allow_unicode=True, sort_keys=False, width=width)
    text = f"rooms:{' ' if is_flow or not old else LINE}{text}{tail}"
    kept = [Entry(value, number) for number, (stays, value) in enumerate(new[: len(old)]) if stays]
    more = [Entry(value) for _, value in new[len(old) :]]
    changed = with_lists(text, {"rooms": [*kept, *more]})
    assert yaml.safe_load(changed)["rooms"] == [entry.value for entry in (*kept, *more)]
    assert changed.endswith((tail, f"{tail}\n"))
