"""Routines, schedule and talk over the API: refusals in the caller's language, keys that act once, bad input."""

from __future__ import annotations

import httpx
import pytest

from carebot.routines.library import load_library
from carebot.site.file import load_site, site_path
from carebot.tablet import house_refusals, refusals
from carebot.tablet.caring import CareOutcome, Offer, Parameter
from carebot.tablet.house import HouseOutcome
from carebot.tablet.language import Texts, catalogue, languages
from tests.tablet.running import RunningServer

START = "/api/v1/routines/{}/runs"
NAMES = ["佐" * 300, "é" * 300, "ل" * 300]
INJECTIONS = [
    "'; DROP TABLE deeds;--",
    "{{7*7}}",
    "${7*7}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\x00",
    "%s%n",
]


def detail(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_what_can_be_asked_for_is_told_in_the_callers_language(client: httpx.Client):
    for language, called in (("ja", "お薬"), ("fr", "Médicament"), ("en", "Medicine")):
        answer = client.get("/api/v1/routines", headers={"Accept-Language": language}).json()
        routine = next(each for each in answer["routines"] if each["name"] == "medication_reminder")
        assert routine["called"] == called
        needed = {each["name"] for each in routine["parameters"] if each["needed"]}
        assert needed == {"medicine"}, "only one lives here"


@pytest.mark.parametrize("language", languages())
def test_every_parameter_of_the_library_has_a_label(language: str):
    names = {
        name for each in load_library(None, load_site(site_path("home")), ()).values() for name in each.file.parameters
    }
    assert {f"parameter_{name}" for name in names} <= catalogue(language).keys()


def test_a_key_starts_one_run_however_often_it_is_sent(client: httpx.Client):
    body, headers = {"parameters": {"to": "kitchen"}}, {"Idempotency-Key": "one"}
    first = client.post(START.format("come_here"), json=body, headers=headers)
    again = client.post(START.format("come_here"), json=body, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(client.get("/api/v1/runs").json()["runs"]) == 1
    other = client.post(START.format("come_here"), json={"parameters": {}}, headers=headers)
    assert "another command" in detail(other, 409)


def test_what_is_under_way_is_not_started_twice_whether_values_are_named_or_default(client: httpx.Client):
    assert client.post(START.format("meal_reminder"), json={"parameters": {}}).status_code == 201
    named = {"parameters": {"meal": "lunch"}}
    again = client.post(START.format("meal_reminder"), json=named, headers={"Accept-Language": "ja"})
    assert detail(again, 409) == "同じ仕事がもう始まっています（頼んだ人：Aiko）。"
    assert client.post(START.format("meal_reminder"), json={"parameters": {"meal": "dinner"}}).status_code == 201


@pytest.mark.parametrize(
    ("routine", "given", "status", "words"),
    [
        ("nonsense", {}, 404, "Le robot n'a pas de routine « nonsense »."),
        ("medication_reminder", {}, 409, "Il faut indiquer « Médicament »."),
        ("medication_reminder", {"medicine": "x" * 101}, 409, "« Médicament » : 100 caractères au plus."),
        ("medication_reminder", {"medicine": "x", "rounds": 99}, 409, "compris entre 1 et 10"),
        ("medication_reminder", {"medicine": "x", "rounds": 1.5}, 409, "doit être un nombre"),
        ("medication_reminder", {"medicine": "x", "color": "red"}, 409, "« color »"),
        ("guide_to_room", {"room": "cellar"}, 409, "ce choix n'existe pas ici"),
        ("goodnight", {"resident": ["佐藤ハナ"]}, 409, "ce choix n'existe pas ici"),
    ],
)
def test_what_cannot_be_is_refused_in_the_callers_language(
    client: httpx.Client, routine: str, given: dict, status: int, words: str
):
    answer = client.post(START.format(routine), json={"parameters": given}, headers={"Accept-Language": "fr"})
    assert words in detail(answer, status)
    assert client.get("/api/v1/runs").json()["runs"] == []


def test_while_care_is_silent_every_command_is_refused_and_none_is_kept(server: RunningServer, client: httpx.Client):
    run = server.do("approval", of="", about="x")["run"]
    server.do("care is silent")
    pause = {"first_day": "2026-12-01", "last_day": "2026-12-02", "reason": "holiday"}
    for method, path, body in (
        ("POST", START.format("come_here"), {}),
        ("POST", f"/api/v1/runs/{run}/answer", {"answer": "approve"}),
        ("POST", "/api/v1/schedule/entries", {"id": "tea", "routine": "come_here", "at": ["08:00"]}),
        ("POST", "/api/v1/schedule/pauses", pause),
        ("DELETE", "/api/v1/schedule/entries/morning", None),
    ):
        assert "Nothing was done" in detail(client.request(method, path, json=body), 503), path
    assert client.get("/api/v1/routines").json()["live"] is False


@pytest.mark.parametrize(
    "day", [0.0, 1_900_000_000, "0", "2030-01-01T00:00:00", "2030-W01-1", "2030-02-30", " 2030-01-01"]
)
def test_a_date_is_one_and_no_number_that_could_be_read_as_one(client: httpx.Client, day: object):
    pause = {"first_day": day, "last_day": "2035-12-02", "reason": "holiday"}
    assert client.post("/api/v1/schedule/pauses", json=pause).status_code == 422


def test_what_care_itself_refuses_is_told_in_its_words(server: RunningServer, client: httpx.Client):
    server.do("care refuses", code="not_recorded", message="The disk is full.")
    answer = client.delete("/api/v1/schedule/entries/morning")
    assert detail(answer, 503) == "Nothing was changed, because it cannot be recorded: The disk is full."
    rows = client.get("/api/v1/audit", params={"kind": "command"}).json()["rows"]
    assert rows[0]["what"] == "remove: schedule was refused"


@pytest.mark.parametrize("language", languages())
def test_what_may_have_been_done_is_not_said_to_be_undone(language: str):
    for refusal in (
        refusals.of_outcome(CareOutcome(False, "unanswered")),
        house_refusals.of_outcome(HouseOutcome(False, "unanswered")),
    ):
        assert refusal is not None
        assert refusal.status == 503
        assert refusal.words(Texts(language)) == catalogue(language)["care_unanswered"]


def test_the_schedule_is_changed_and_says_by_whom(client: httpx.Client):
    tea = {"id": "tea", "routine": "hydration_reminder", "at": ["15:00"], "days": ["mon"]}
    made = client.post("/api/v1/schedule/entries", json=tea)
    assert made.status_code == 201
    assert made.headers["location"] == "/api/v1/schedule/entries/tea"
    assert "already" in detail(client.post("/api/v1/schedule/entries", json=tea), 409)
    changed = {"routine": "hydration_reminder", "every_s": 3600, "between": ["10:00", "12:00"]}
    assert client.put("/api/v1/schedule/entries/tea", json=changed).status_code == 200
    entries = {each["id"]: each for each in client.get("/api/v1/schedule").json()["entries"]}
    assert (entries["tea"]["changed_by"], entries["tea"]["in_file"]) == ("Aiko", False)
    assert entries["tea"]["content"]["every_s"] == 3600
    assert entries["morning"]["changed_by"] == ""
    assert client.delete("/api/v1/schedule/entries/morning").status_code == 200
    row = client.get("/api/v1/audit", params={"kind": "change"}).json()["rows"][0]
    assert row["detail"]["content"] == entries["morning"]["content"], "what is gone is named by the record alone"
    assert client.post("/api/v1/schedule/entries/morning/restore").status_code == 200
    assert "no such line" in detail(client.post("/api/v1/schedule/entries/tea/restore"), 404)
    assert "no such line" in detail(client.delete("/api/v1/schedule/entries/none"), 404)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"routine": "come_here"}, "exactly one way"),
        ({"routine": "come_here", "at": ["08:00"], "cron": "0 8 * * *"}, "exactly one way"),
        ({"routine": "nonsense", "at": ["08:00"]}, "no routine"),
        ({"routine": "guide_to_room", "at": ["08:00"]}, "must be given"),
        ({"routine": "come_here", "at": ["08:00"], "from_day": "2026-12-02", "until_day": "2026-12-01"}, "last day"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(client: httpx.Client, entry: dict, words: str):
    assert words in detail(client.post("/api/v1/schedule/entries", json={"id": "x", **entry}), 409)


def test_what_is_due_after_ten_years_is_asked_for_in_vain(client: httpx.Client):
    for since, until in (("9999-12-31T20:00:00Z", "9999-12-31T23:00:00Z"), ("2080-01-01T00:00:00Z",) * 2):
        found = client.get("/api/v1/schedule/occurrences", params={"since": since, "until": until})
        assert "ten years" in detail(found, 409)


@pytest.mark.parametrize("language", languages())
def test_a_number_of_very_many_digits_is_none(language: str):
    offer = Offer("exercise", "asked", {}, {}, (Parameter("times", "whole", 8, least=1.0, most=30.0),))
    refusal = refusals.of_values(offer, {"times": 10**400}, Texts(language))
    assert refusal is not None
    assert (refusal.status, refusal.key) == (409, "given_number")
    assert refusals.of_values(offer, {"times": 12}, Texts(language)) is None


@pytest.mark.parametrize("text", NAMES + INJECTIONS)
def test_whatever_is_written_stays_text(client: httpx.Client, text: str):
    pause = {"first_day": "2026-12-01", "last_day": "2026-12-02", "reason": text}
    answers = [
        client.post(START.format("medication_reminder"), json={"parameters": {"medicine": text}}),
        client.post(START.format("come_here"), json={"parameters": {"to": text}}),
        client.post("/api/v1/schedule/pauses", json=pause),
        client.post("/api/v1/schedule/entries", json={"id": text, "routine": "come_here", "at": ["08:00"]}),
        client.post("/api/v1/schedule/entries", json={"id": "x", "routine": "come_here", "cron": text}),
        client.post("/api/v1/say", json={"text": text}),
    ]
    assert all(each.status_code in (201, 202, 409, 422) for each in answers), [each.text for each in answers]
    for path in ("/routines", "/schedule", "/talk"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert(1)" not in page.text


def test_what_was_said_is_forgotten_and_the_record_says_for_whom_and_by_whom(
    server: RunningServer, client: httpx.Client
):
    client.post("/api/v1/say", json={"text": "Bonjour"})
    server.do("resident says", who="佐藤ハナ", text="内緒です", language="ja")
    said = client.delete("/api/v1/conversation")  # no resident is recorded here
    assert (said.status_code, said.json()) == (200, {"exchanges": 2, "lines": 1})
    assert [each["text"] for each in client.get("/api/v1/conversation").json()["lines"]] == ["Bonjour"], "being said"
    hana = client.post("/api/v1/residents", json={"name": "佐藤ハナ"}).json()["id"]
    assert "no such resident" in detail(client.delete("/api/v1/conversation"), 404)
    assert "no such resident" in detail(client.delete("/api/v1/conversation", params={"resident": "nobody"}), 404)
    assert client.delete("/api/v1/conversation", params={"resident": hana}).json() == {"exchanges": 2, "lines": 0}
    rows = client.get("/api/v1/audit", params={"kind": "command"}).json()["rows"][:2]
    assert [(each["who"], each["what"], each["about"]) for each in rows] == [
        ("Aiko", "what was said is forgotten", "佐藤ハナ"),
        ("Aiko", "had what was said forgotten", "佐藤ハナ"),
    ]


def test_what_was_not_forgotten_is_not_said_to_be(server: RunningServer, client: httpx.Client):
    server.do("resident says", who="佐藤ハナ", text="内緒です", language="ja")
    hana = client.post("/api/v1/residents", json={"name": "佐藤ハナ"}).json()["id"]
    server.do("talks with", name="鈴木")
    assert "talks with 鈴木" in detail(client.delete("/api/v1/conversation", params={"resident": hana}), 409)
    server.do("robot is gone")
    assert "does not answer" in detail(client.delete("/api/v1/conversation", params={"resident": hana}), 503)
    assert [each["text"] for each in client.get("/api/v1/conversation").json()["lines"]] == ["内緒です"]
    rows = client.get("/api/v1/audit", params={"kind": "command"}).json()["rows"]
    told = [(each["what"], each["detail"].get("why")) for each in rows if each["what"].startswith("what was said")]
    assert told == [("what was said was not forgotten", "silent"), ("what was said was not forgotten", "other")]


def test_what_is_said_is_one_line_and_can_be_stopped(client: httpx.Client):
    line = client.post("/api/v1/say", json={"text": " Bonjour\n Hana ", "language": "fr"}).json()["line"]
    said = client.get("/api/v1/conversation").json()["lines"][-1]
    assert (said["text"], said["who"], said["state"]) == ("Bonjour Hana", "Aiko", "saying")
    assert client.delete(f"/api/v1/say/{line}").status_code == 200
    assert client.get("/api/v1/conversation").json()["lines"][-1]["state"] == "not_said"
    assert "not being said" in detail(client.delete("/api/v1/say/line-99"), 404)
