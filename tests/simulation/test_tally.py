from __future__ import annotations

import json
from pathlib import Path

import pytest

from carebot.alerts import FallEventKind
from carebot.errors import RecordsError
from carebot.simulation.expectations import Alarm, FallMark, Outcome
from carebot.simulation.report import as_html, as_json, write_report
from carebot.simulation.runner import Result
from carebot.simulation.tally import tally


def result(
    seed: int, *, seen: bool, contact_s: float | None = 6.0, faults: tuple[str, ...] = (), met: bool = True
) -> Result:
    alarms = tuple(
        Alarm(kind, at_s, "lying on the floor", "fell", "dropped")
        for kind, at_s in ((FallEventKind.SUSPECTED, 6.5), (FallEventKind.CONFIRMED, 8.5))
        if seen
    )
    return Result(
        scenario="faint <b>",
        seed=seed,
        eyes="keypoints",
        duration_s=36.0,
        falls=(FallMark("faint", 5.0, contact_s),),
        alarms=alarms,
        outcomes=(Outcome("confirmed_within_s", met, "never confirmed"),),
        activity_s={"standing": 5.0, "falling": 1.0, "lying on the floor": 30.0},
        faults=faults,
    )


def test_sensitivity_counts_falls_that_reached_the_floor_before_a_good_camera() -> None:
    results = [
        result(0, seen=True),
        result(1, seen=False, met=False),
        result(2, seen=False, contact_s=None),
        result(3, seen=False, faults=("camera_lost",)),
    ]
    report = tally(results)
    assert (report.runs, report.faulty, report.unjudged) == (4, 1, 1)
    assert set(report.sensitivity) == {"faint"}
    confirmed = report.sensitivity["faint"].confirmed
    assert (confirmed.hits, confirmed.of, confirmed.share) == (1, 2, 0.5)
    assert report.suspected_delays.all_s == (0.5,)
    assert report.confirmed_delays.median_s == 2.5
    assert report.hours == pytest.approx(4 * 36 / 3600)


def test_failure_carries_the_command_that_plays_it_again() -> None:
    (failure,) = tally([result(0, seen=True), result(7, seen=False, met=False)]).failures
    assert failure.command == "carebot sim run 'faint <b>' --seed 7 --eyes keypoints"
    assert failure.broken == ("confirmed_within_s: never confirmed",)


def test_false_alarms_are_counted_by_hour_of_the_activity() -> None:
    early = Alarm(FallEventKind.SUSPECTED, 2.0, "standing", "fell", "")
    calm = Result("x", 0, "keypoints", 36.0, (), (early,), (), {"standing": 36.0})
    alarms = tally([calm]).false_alarms["standing"]
    assert (alarms.suspected, alarms.confirmed) == (1, 0)
    assert alarms.suspected_per_hour == pytest.approx(100.0)


def test_report_is_written_for_machines_and_for_people(tmp_path: Path) -> None:
    results = [result(0, seen=True), result(1, seen=False, met=False)]
    write_report(tmp_path, tally(results), results)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["sensitivity"]["faint"]["confirmed"]["hits"] == 1
    assert content["results"][1]["command"].endswith("--seed 1 --eyes keypoints")
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 3
    assert "faint &lt;b&gt;" in page
    assert "faint <b>" not in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")


def test_report_of_falls_that_were_all_seen_can_be_drawn() -> None:
    assert "100.0 %" in as_html(tally([result(seed, seen=True) for seed in range(7)]))


def test_report_of_nothing_can_be_written() -> None:
    assert "Nobody fell" in as_html(tally([]))
    assert as_json(tally([]), [])["runs"] == 0


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "report"
    taken.write_text("")
    with pytest.raises(RecordsError, match="cannot be written"):
        write_report(taken, tally([]), [])
