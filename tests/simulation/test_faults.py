from __future__ import annotations

import numpy as np
import pytest

from carebot.people import People, Person
from carebot.simulation.faults import FAULTS, Blur, Faults, fault_name, parse_faults

GREY = np.full((24, 32, 3), 100, np.uint8)


def faults(*entries: object, seed: int = 0) -> Faults:
    return Faults(parse_faults(list(entries)), seed, {"camera_noisy": Blur(lost=0.5, error_factor=2.0)})


def somebody(time_s: float, x: float = 0.5) -> People:
    keypoints = np.full((17, 3), x, np.float32)
    keypoints[:, 1] = np.linspace(0.1, 0.9, 17)
    return People(time_s, 32, 24, (Person(1, 0.9, keypoints),))


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("camera_melted", "the fault 'camera_melted' is unknown: use one of camera_lost"),
        ({"camera_lost": {"at_s": 1}, "clock_jump": {}}, "must be one fault"),
        ({"camera_lost": {"at_s": "soon"}}, "entry 1 (camera_lost): at_s"),
        ({"camera_lost": {"at": 1}}, "the key 'at"),
        ("camera_lost", "the key 'at_s' is missing"),
        ({"camera_lost": {"at_s": -1}}, "at_s"),
        ({"clock_jump": {"at_s": 1}}, "the key 'by_s' is missing"),
        ({"camera_noisy": {"at_s": 0, "sigma": 1000}}, "sigma"),
        (7, "must be one fault"),
    ],
)
def test_what_is_no_fault_is_refused_in_plain_words(entry: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"^entry 1") as caught:
        parse_faults([entry])
    assert complaint in str(caught.value)


def test_faults_that_are_no_list_are_refused() -> None:
    with pytest.raises(ValueError, match="must be a list of faults"):
        parse_faults("camera_lost")


def test_lost_camera_gives_nothing_in_its_time_only() -> None:
    broken = faults({"camera_lost": {"at_s": 1, "for_s": 2}})
    got = [broken.picture(GREY, time_s) is not None for time_s in (0.9, 1.0, 2.9, 3.0)]
    assert got == [True, False, False, True]
    assert broken.people(somebody(1.5), 1.5) is None
    assert broken.active(1.5) == ("camera_lost",)
    assert broken.active(3.0) == ()


def test_fault_without_an_end_lasts() -> None:
    assert faults({"camera_lost": 1}).picture(GREY, 9999.0) is None


def test_frozen_camera_shows_what_it_last_saw_with_new_stamps() -> None:
    broken = faults({"camera_frozen": 1})
    broken.picture(GREY, 0.9)
    assert (broken.picture(GREY + 50, 1.0) == GREY).all()  # type: ignore[union-attr]
    broken.people(somebody(0.9, x=0.2), 0.9)
    later = broken.people(somebody(5.0, x=0.8), 5.0)
    assert later is not None
    assert later.time_s == 5.0
    assert later.people[0].keypoints[0, 0] == pytest.approx(0.2)


def test_black_camera_sees_nobody() -> None:
    broken = faults({"camera_black": 0})
    assert not broken.picture(GREY, 0.0).any()  # type: ignore[union-attr]
    people = broken.people(somebody(0.0), 0.0)
    assert people is not None
    assert people.people == ()


def test_over_exposed_picture_is_brighter_and_clipped() -> None:
    picture = faults({"camera_over_exposed": {"at_s": 0, "gain": 2}}).picture(GREY, 0.0)
    assert picture is not None
    assert (picture == 200).all()
    white = faults({"camera_over_exposed": {"at_s": 0, "gain": 4}}).picture(GREY, 0.0)
    assert white is not None
    assert (white == 255).all()


def test_noise_is_as_strong_as_said_and_the_same_for_the_same_seed() -> None:
    noisy = [faults({"camera_noisy": {"at_s": 0, "sigma": 20}}, seed=seed).picture(GREY, 0.0) for seed in (1, 1, 2)]
    assert noisy[0] is not None
    assert noisy[0].astype(float).std() == pytest.approx(20.0, rel=0.1)
    assert (noisy[0] == noisy[1]).all()
    assert (noisy[0] != noisy[2]).any()


def test_noise_loses_people_as_often_as_measured_and_shakes_the_others() -> None:
    broken = faults({"camera_noisy": 0})
    seen = [broken.people(somebody(t / 10), t / 10) for t in range(400)]
    found = [people.people for people in seen if people is not None and people.people]
    assert len(found) / 400 == pytest.approx(0.5, abs=0.1)
    assert np.std([people[0].keypoints[3, 0] for people in found]) > 0.01


def test_clock_jump_moves_the_stamps_from_then_on() -> None:
    broken = faults({"clock_jump": {"at_s": 2, "by_s": -30}}, {"clock_jump": {"at_s": 4, "by_s": 5}})
    assert [broken.stamp_s(time_s) for time_s in (1.9, 2.0, 4.0)] == [1.9, -28.0, -21.0]
    people = broken.people(somebody(3.0), 3.0)
    assert people is not None
    assert people.time_s == -27.0


def test_without_faults_nothing_changes() -> None:
    whole = faults()
    assert whole.picture(GREY, 1.0) is GREY
    people = somebody(1.0)
    same = whole.people(people, 1.0)
    assert same is not None
    assert same.people == people.people
    assert same.time_s == 1.0
    assert not whole.shows_nothing(1.0)


def test_faults_come_and_go_while_everything_runs() -> None:
    some = faults()
    (lost,) = parse_faults([{"camera_lost": {"at_s": 2}}])
    some.add(lost)
    assert some.picture(GREY, 3.0) is None
    assert some.clear("camera_lost")
    assert some.picture(GREY, 3.1) is not None
    assert not some.clear("camera_lost")
    assert not some.clear("")


def test_killed_process_is_back_by_itself_and_a_stopped_one_when_its_time_is_over() -> None:
    some = faults({"process_killed": {"at_s": 1}}, {"process_stopped": {"at_s": 5, "for_s": 2, "process": "watch"}})
    assert [some.halts("perception", time_s) for time_s in (0.9, 1.0, 2.9, 3.0)] == [False, True, True, False]
    assert [some.halts("watch", time_s) for time_s in (1.0, 5.0, 6.9, 7.0)] == [False, True, True, False]


def test_every_fault_can_be_named_with_nothing_but_its_time() -> None:
    for name in FAULTS:
        entry = {name: {"at_s": 1, **({"by_s": 5} if name == "clock_jump" else {})}}
        assert fault_name(parse_faults([entry])[0]) == name


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"motor_stalled": {"at_s": 0, "wheel": "third"}}, "wheel"),
        ({"process_killed": {"at_s": 0, "process": "everything"}}, "process"),
        ({"serial_corrupted": {"at_s": 0, "percent": 300}}, "percent"),
    ],
)
def test_impossible_faults_are_refused(entry: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_faults([entry])
