"""What starts routines: each cause, what flickers, what floods, hours, and files that make no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.errors import ConfigError
from carebot.routines.agenda import Agenda, all_triggers, load_agenda
from carebot.routines.triggers import Cause, Facts, Trigger, Triggers
from carebot.site.file import Site
from tests.routines.world import CAREGIVERS, SITE, START_S, own_library

LOW = Facts(battery=0.15)
FULL = Facts(battery=0.9)


def triggers(**content: Any) -> Triggers:
    return Triggers([Trigger.model_validate({"id": "one", "routine": "battery_low", **content})], "Asia/Tokyo")


def fired(core: Triggers, facts: Facts, seconds: float, since_s: float = START_S, hz: int = 10) -> int:
    return sum(len(core.step(facts, since_s + tick / hz)) for tick in range(round(seconds * hz)))


def test_what_holds_fires_once_when_it_has_held():
    core = triggers(when={"battery_below": 0.2}, for_s=30)
    assert fired(core, LOW, 29) == 0
    assert fired(core, LOW, 3600, START_S + 29) == 1


def test_a_battery_that_charges_or_is_not_known_starts_nothing():
    core = triggers(when={"battery_below": 0.2}, for_s=0)
    assert fired(core, Facts(battery=0.1, is_charging=True), 60) == 0
    assert fired(core, Facts(), 60) == 0


def test_it_fires_again_only_after_it_was_over():
    core = triggers(when={"battery_below": 0.2}, for_s=1, again_after_s=5)
    assert fired(core, LOW, 60) == 1
    assert fired(core, Facts(battery=0.22), 60, START_S + 60) == 0  # hardly more: still low
    assert fired(core, LOW, 60, START_S + 120) == 0
    assert fired(core, FULL, 1, START_S + 180) == 0
    assert fired(core, LOW, 60, START_S + 190) == 1


def test_who_walks_to_and_fro_does_not_stay():
    core = triggers(when={"somebody_in": "kitchen"}, for_s=5)
    for tick in range(600):
        seen = frozenset({"kitchen"}) if tick % 60 < 20 else frozenset()
        assert core.step(Facts(places=seen), START_S + tick / 10) == []


def test_somebody_whose_place_flickers_is_there_all_the_same():
    """Keypoints err: in every seventh picture they seem to stand beside the zone."""
    core = triggers(when={"somebody_in": "kitchen"}, for_s=10)
    fired_s = []
    for tick in range(300):
        seen = frozenset({"kitchen"}) if tick % 7 else frozenset()
        fired_s += [tick / 10 for _ in core.step(Facts(places=seen), START_S + tick / 10)]
    assert fired_s == [pytest.approx(10.1, abs=0.2)]


def test_an_event_a_thousand_times_a_second_starts_one_routine():
    core = triggers(when={"event": "doorbell"}, again_after_s=60)
    flood = Facts(events=("doorbell",) * 5)
    assert fired(core, flood, 30, hz=1000) == 1
    assert core.dropped["one"] == 29_999
    assert fired(core, flood, 1, START_S + 61, hz=1000) == 1


def test_an_unknown_event_is_nothing():
    core = triggers(when={"event": "doorbell"})
    assert core.step(Facts(events=("nonsense", "")), START_S) == []


def test_hours_over_midnight():
    core = triggers(when={"somebody_in": "kitchen"}, for_s=2, again_after_s=5, hours={"from": "22:00", "to": "06:00"})
    there = Facts(places=frozenset({"kitchen"}))
    assert fired(core, there, 60) == 0  # noon
    assert fired(core, there, 60, START_S + 12 * 3600) == 1  # midnight


def test_each_alert_is_answered_once_and_none_is_too_soon():
    core = triggers(when={"alert": "fall"}, **{"with": {"alert": "{alert}"}})
    first, second = (core.step(Facts(alerts={"fall": name}), START_S) for name in ("a", "b"))
    assert [(each.about, each.given) for each in (*first, *second)] == [("a", {"alert": "a"}), ("b", {"alert": "b"})]


def test_a_clock_that_is_set_back_neither_floods_nor_blocks_for_ever():
    core = triggers(when={"battery_below": 0.2}, for_s=30)
    assert fired(core, LOW, 10) == 0
    assert fired(core, LOW, 60, START_S - 86_400) == 1


def test_what_has_happened_is_put_into_the_parameters():
    core = triggers(when={"battery_below": 0.2}, for_s=0, **{"with": {"percent": "{battery_percent}"}})
    assert core.step(LOW, START_S)[0].given == {"percent": 15}


def test_the_sites_trigger_takes_the_place_of_the_routines_own():
    own = all_triggers(Agenda(), own_library())
    assert [each.id for each in own] == ["battery_low"]
    site = Agenda.model_validate(
        {"triggers": [{"id": "battery_low", "routine": "battery_low", "when": {"battery_below": 0.4}}]}
    )
    assert [each.when.battery_below for each in all_triggers(site, own_library())] == [0.4]


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"routine": "nonsense", "when": {"event": "bell"}}, "triggers.0.routine: there is no routine 'nonsense'"),
        ({"routine": "battery_low", "when": {"somebody_in": "cellar"}}, "there is no zone or room 'cellar'"),
        ({"routine": "battery_low", "when": {}}, "exactly one of the causes"),
        ({"routine": "battery_low", "when": {"event": "a", "alert": "fall"}}, "exactly one of the causes"),
        ({"routine": "battery_low", "when": {"alert": "fal"}}, "when.alert: Input should be 'fall', but it is 'fal'"),
        ({"routine": "battery_low", "when": {"battery_below": 3}}, "less than 1"),
        ({"routine": "battery_low", "when": {"event": "bell"}, "with": {"percent": 900}}, "at most 100"),
        ({"routine": "battery_low", "when": {"event": "bell"}, "with": {"percent": "{x}"}}, "stands for nothing"),
        ({"routine": "battery_low", "when": {"event": "bell"}, "again_after_s": 0}, "greater than or equal to 5"),
        ({"routine": "battery_low", "when": {"event": "bell"}, "hours": {"from": "25:00", "to": "6"}}, "time of day"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(tmp_path: Path, trigger: dict[str, Any], words: str):
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"triggers": [{"id": "one", **trigger}]}), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_agenda(path, own_library(), SITE, CAREGIVERS)
    assert words in str(refused.value)
    assert f"{path}, line" in str(refused.value)


@pytest.mark.parametrize("cause", list(Cause.model_fields))
def test_a_cause_with_nothing_behind_it_is_refused(tmp_path: Path, cause: str):
    path = tmp_path / "site.yaml"
    path.write_text(f"triggers:\n  - {{id: one, routine: battery_low, when: {{{cause}: }}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"line 2: triggers\.0\.when: a trigger has exactly one of the causes"):
        load_agenda(path, own_library(), SITE, CAREGIVERS)


def test_two_of_one_name_are_refused(tmp_path: Path):
    one = {"id": "one", "routine": "battery_low", "when": {"event": "bell"}}
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"triggers": [one, one]}), encoding="utf-8")
    with pytest.raises(ConfigError, match="two entries are called 'one'"):
        load_agenda(path, own_library(), Site(), ())
