"""What leaves is valid FHIR R4 and harmless CSV, and is in the record."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from carebot.alerts import Alert, AlertState, Verdict
from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.records.activity import Doing, Hour
from carebot.tablet.export import (
    activity_csv,
    alerts_csv,
    exercises_csv,
    fhir_bundle,
    gait_csv,
    medicines_csv,
    noticed_csv,
)
from carebot.tablet.looking_back import ExerciseDone, LookedBack, MedicineDue
from carebot.tablet.noticing import NoticeView
from tests.tablet.fhir_r4 import FHIRValidationError, validate_r4
from tests.tablet.running import paired, running

RESIDENT = {"type": "Patient", "display": "佐藤 ハル", "identifier": {"value": "r1"}}


def alert(state: AlertState, note: str = "", verdict: Verdict | None = None, **by: str) -> Alert:
    return Alert(
        "a/1", "fall", state, 1, 1e9, 1e9 + 60, True, 0.9, "fell", "dropped", {}, verdict=verdict, note=note, **by
    )


ALERTS = [
    alert(AlertState.CONFIRMED),
    alert(AlertState.ACKNOWLEDGED, acknowledged_by="Aiko"),
    alert(AlertState.RESOLVED, "made tea", Verdict.REAL, acknowledged_by="Aiko", resolved_by="Ben"),
    alert(AlertState.RESOLVED, verdict=Verdict.FALSE_ALARM, resolved_by="Ben"),
]
HOURS = [Hour(3600.0, {Doing.LYING: 1200.0, Doing.UNSEEN: 2400.0}), Hour(7200.0, {})]


NOTICED = NoticeView(
    (
        Recorded("a/1", 1e9, NoticedKind.NEAR_FALL, "stumbled", {"drop_bl": 0.12345, "peak_speed_bl_s": 0.6}),
        Recorded("b", 1e9, NoticedKind.RISING_TROUBLE, "rising_from_seat", {"tries": 3.0, "within_s": 20.0}),
        Recorded("c", 1e9, NoticedKind.GAIT_CHANGE, "walks_slower_m_s", {}),
    ),
    (GaitDay("2030-05-19", 4, 0.5), GaitDay("2030-05-20", 7, 0.5, 0.82, 1.7)),
)


def test_what_was_noticed_is_valid_fhir_with_units_of_ucum():
    made = fhir_bundle([], [], RESIDENT, 1e9, NOTICED)
    validate_r4(made)
    resources = [entry["resource"] for entry in made["entry"]]
    assert len({resource["id"] for resource in resources}) == 5
    last = {part["code"]["text"]: part["valueQuantity"] for part in resources[-1]["component"]}
    assert (last["speed m s"]["value"], last["speed m s"]["code"]) == (0.82, "m/s")
    assert last["speed bl s"]["code"] == "{body_length}/s"
    assert (last["walks"]["value"], last["walks"]["code"]) == (7.0, "1")
    assert "speed m s" not in {part["code"]["text"] for part in resources[-2]["component"]}


def test_what_was_noticed_comes_back_from_csv():
    rows = list(csv.DictReader(io.StringIO(noticed_csv(NOTICED.noticed))))
    assert rows[0]["at"] == "2001-09-09T01:46:40+00:00"
    assert (rows[0]["kind"], rows[0]["numbers"]) == ("near_fall", "drop_bl=0.123; peak_speed_bl_s=0.6")
    days = list(csv.DictReader(io.StringIO(gait_csv(NOTICED.gait_days))))
    assert [day["speed_m_s"] for day in days] == ["", "0.820"]
    assert days[1]["walks"] == "7"


def test_the_bundle_is_valid_fhir_r4():
    made = fhir_bundle(ALERTS, HOURS, RESIDENT, 1e9)
    validate_r4(made)
    resources = [entry["resource"] for entry in made["entry"]]
    kinds = [each["resourceType"] for each in resources if not each["id"].startswith("night-")]
    assert [kinds.count(kind) for kind in ("Flag", "Communication", "Observation")] == [4, 3, 2]
    flags = [resource["status"] for resource in resources if resource["resourceType"] == "Flag"]
    assert flags == ["active", "active", "inactive", "entered-in-error"]
    assert len(made["entry"]) == len({entry["resource"]["id"] for entry in made["entry"]}) + 5  # one id for four


DONE = LookedBack(
    (
        MedicineDue("2030-05-19", "08:00", "佐藤ハナ", "=blue pill", "taken", "08:02"),
        MedicineDue("2030-05-19", "08:00", "佐藤ハナ", "", "left_out", "", "hospital"),
        MedicineDue("2030-05-19", "20:00", "", "drops", "open"),
    ),
    (ExerciseDone("2030-05-20", "10:05", "佐藤ハナ", "arm_raises", 7),),
)
PLACE = {"type": "Location", "display": "carebot"}


def test_medicines_and_exercises_are_valid_fhir_and_say_whose_they_are():
    made = fhir_bundle([], [], PLACE, 1e9, done=DONE)
    validate_r4(made)
    resources = [entry["resource"] for entry in made["entry"]]
    assert len({resource["id"] for resource in resources}) == 4
    assert [resource["subject"]["display"] for resource in resources] == ["佐藤ハナ", "佐藤ハナ", "carebot", "佐藤ハナ"]
    assert [resource["status"] for resource in resources] == ["final", "final", "preliminary", "final"]
    assert resources[0]["valueString"] == "confirmed to the robot at 08:02"
    assert resources[3]["valueQuantity"]["value"] == 7.0
    known = fhir_bundle([], [], RESIDENT, 1e9, done=DONE)["entry"]
    assert {entry["resource"]["subject"]["display"] for entry in known} == {"佐藤 ハル"}


def test_medicines_and_exercises_come_back_from_csv_and_are_no_formulas():
    rows = list(csv.DictReader(io.StringIO(medicines_csv(DONE.medicines))))
    assert [row["became"] for row in rows] == ["taken", "left_out", "open"]
    assert rows[0]["medicine"].lstrip("'") == "=blue pill"
    assert not rows[0]["medicine"].startswith("=")
    assert (rows[0]["at"], rows[1]["why"]) == ("08:02", "hospital")
    row = next(csv.DictReader(io.StringIO(exercises_csv(DONE.exercises))))
    assert (row["day"], row["at"], row["movement"], row["times"]) == ("2030-05-20", "10:05", "arm_raises", "7")


def test_what_care_cannot_tell_is_refused_and_what_it_does_not_keep_is_empty(tmp_path: Path):
    long_ago = {"since": "2001-01-01T00:00:00Z", "until": "2001-02-01T00:00:00Z"}
    turned = {"since": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}
    with running(tmp_path) as server, paired(server) as nurse:
        for name in ("medicines.csv", "exercises.csv"):
            assert len(nurse.get(f"/api/v1/export/{name}").text.splitlines()) > 1
            for when in (long_ago, turned):
                assert len(nurse.get(f"/api/v1/export/{name}", params=when).text.splitlines()) == 1
        server.do("care is silent")
        for name in ("medicines.csv", "exercises.csv", "fhir"):
            assert nurse.get(f"/api/v1/export/{name}").status_code == 503
        rows = nurse.get("/api/v1/audit", params={"kind": "export"}).json()["rows"]
        assert len(rows) == 6, "what did not leave is not said to have left"


@pytest.mark.parametrize(
    ("key", "value"),
    [("subject", None), ("status", None), ("period", {"start": "yesterday"}), ("code", "fall"), ("severity", "high")],
)
def test_the_validators_of_these_tests_find_what_is_wrong(key: str, value: object):
    made = fhir_bundle(ALERTS, HOURS, RESIDENT, 1e9)
    flag = made["entry"][0]["resource"]
    flag[key] = value
    if value is None:
        del flag[key]
    with pytest.raises((FHIRValidationError, ValueError)):
        validate_r4(made)


def test_nothing_known_is_an_empty_bundle():
    assert "entry" not in fhir_bundle([], [], RESIDENT, 0.0)
    validate_r4(fhir_bundle([], [], RESIDENT, 0.0))


@pytest.mark.parametrize("note", ["=1+1", "@SUM(A1)", "-2", "+3", "\t=1", 'a "quoted", line\nbreak', "; DROP TABLE"])
def test_no_cell_is_a_formula_and_every_text_comes_back(note: str):
    row = next(csv.DictReader(io.StringIO(alerts_csv([alert(AlertState.RESOLVED, note, resolved_by="Ben")]))))
    assert row["note"].lstrip("'") == note
    assert not row["note"].startswith(("=", "+", "-", "@", "\t"))


def test_hours_are_seconds_of_each():
    rows = list(csv.DictReader(io.StringIO(activity_csv(HOURS))))
    assert rows[0]["began_at"] == "1970-01-01T01:00:00+00:00"
    assert (rows[0]["lying_s"], rows[0]["up_s"], rows[1]["lying_s"]) == ("1200.0", "0.0", "0.0")


def test_the_server_hands_the_files_out_and_records_it(tmp_path: Path):
    with running(tmp_path) as server, paired(server) as nurse:
        server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
        server.do("hour", spent_s={"lying": 60.0}, ago_s=0)
        server.do("hear", fall="a", kind="confirmed")
        fhir = nurse.get("/api/v1/export/fhir")
        assert fhir.headers["content-type"].startswith("application/fhir+json")
        validate_r4(fhir.json())
        assert fhir.json()["entry"][0]["resource"]["subject"]["display"] == "佐藤 ハル"
        assert "60.0" in nurse.get("/api/v1/export/activity.csv").text
        assert len(nurse.get("/api/v1/export/alerts.csv").text.splitlines()) == 2
        rows = nurse.get("/api/v1/audit", params={"kind": "export"}).json()["rows"]
        assert [row["what"] for row in rows] == ["exported alerts.csv", "exported activity.csv", "exported FHIR"]
