"""A caregiver's pages on real nodes: care, conversation and tablet over real DDS, in a real browser."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml
from carebot_interfaces.msg import RoutineRuns, Utterance
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.ros import qos
from tests.browser.conftest import Tablet
from tests.ros.conftest import Peer, Running, peer, ros_environment, start  # noqa: F401 - fixtures
from tests.ros.test_tablet_node import free_port, pin_of
from tests.routines.world import in_all, routine_file

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]
expect.set_options(timeout=20_000)  # care takes its time to start beside others
LONG = ("佐" * 100 + "<b>{{7*7}}</b>${1}'; DROP TABLE deeds;--" + "ل" * 100 + "é" * 100)[:300]
SITE: dict[str, Any] = {
    "time_zone": "Asia/Tokyo",
    "language": "ja",
    "rooms": [
        {"name": "bedroom", "polygon": [[0, 0], [4, 0], [4, 4], [0, 4]]},
        {"name": "kitchen", "polygon": [[4, 0], [8, 0], [8, 4], [4, 4]]},
    ],
    "residents": [{"name": "佐藤ハナ", "room": "bedroom"}, {"name": "伊藤ジロウ"}],
    "schedule": [
        {"id": "morning", "routine": "morning_check", "at": ["08:30"], "with": {"resident": "佐藤ハナ"}},
        {"id": "late", "routine": "goodnight", "cron": "0 21 * * *", "with": {"resident": "佐藤ハナ"}},
    ],
    "caregivers": [{"name": "Aiko", "reach": {"app": "tablet"}}],
    "escalation": {"default": [{"tell": [{"who": "Aiko"}], "for_s": 3600}]},
}
TEA = {
    "called": {"en": "Tea", "ja": "お茶", "fr": "Le thé"},
    "parameters": {
        "resident": {"kind": "resident"},
        "words": {"kind": "text", "most": 300, "default": ""},
        "cups": {"kind": "whole", "default": 1, "least": 1, "most": 3},
        "milk": {"kind": "yes_no", "default": False},
    },
    "do": [{"wait": 300}],
}
WALK = {
    "called": {"en": "A walk", "ja": "散歩", "fr": "Une promenade"},
    "needs_approval": {"by": "Aiko", "within_s": 300, "otherwise": "skip"},
    "texts": {"go": in_all("Let us go.")},
    "do": [{"wait": 300}],
}


@dataclass
class House:
    """The nodes of one home and those who look at them."""

    start: Callable[..., Running]
    folder: Path
    peer: Peer
    care: Running
    conversation: Running
    tablet: Running
    port: int
    runs: list[RoutineRuns] = field(default_factory=list)
    paired: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def pin(self) -> str:
        """The newest one: each works once."""
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{self.url}pair", trust_env=False)
        self.peer.wait_until(lambda: self.pins() > self.paired, "a PIN on the terminal")
        self.paired = self.pins()
        return pin_of(self.tablet)

    def pins(self) -> int:
        return sum("PIN" in line for line in self.tablet.read())

    def restart_care(self, page: Page) -> None:
        """Until the tablet has found it again."""
        self.care = self.start(care=care_parameters(self.folder))
        ahead = f"{self.url}api/v1/schedule/occurrences"
        self.peer.wait_until(lambda: page.request.get(ahead).status == 200, "care to answer the tablet")

    def names(self) -> list[str]:
        self.peer.spin(0.05)
        return [run.routine for run in self.runs[-1].runs] if self.runs else []


def care_parameters(folder: Path) -> dict[str, str]:
    records = folder / "records" / "records.sqlite"
    return {"site": str(folder / "site.yaml"), "records": str(records), "routines": str(folder / "own")}


@pytest.fixture
def house(peer: Peer, start: Callable[..., Running], tmp_path: Path) -> House:  # noqa: F811
    (tmp_path / "own").mkdir()
    for name, content in (("tea", TEA), ("walk", WALK)):
        routine_file(tmp_path / "own", content, name)
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(SITE, allow_unicode=True), encoding="utf-8")
    port = free_port()
    runs = peer.collect(RoutineRuns, "routines", qos.ROUTINES)
    care = start(care=care_parameters(tmp_path))
    talk = {"speaker": str(tmp_path / "said.wav"), "site": str(tmp_path / "site.yaml")}
    conversation = start(conversation=talk)
    tablet = start(tablet={"port": port})
    made = House(start, tmp_path, peer, care, conversation, tablet, port, runs)

    def is_up() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{made.url}health", trust_env=False).status_code == 200
        return False

    peer.wait_until(is_up, "the web server")
    return made


def opened(house: House, browser: Browser, contexts: Contexts, path: str, name: str, **options: Any) -> Page:
    page = Tablet(browser, house, contexts, **options).pair(name)  # type: ignore[arg-type]
    page.goto(house.url.rstrip("/") + path)
    page.wait_for_selector(".page[data-beat]")
    return page


def audit(page: Page, house: House, kind: str) -> list[tuple[str, str, str]]:
    rows = page.request.get(f"{house.url}api/v1/audit?kind={kind}").json()["rows"]
    return [(row["who"], row["what"], row["about"]) for row in rows]


def test_a_routine_is_started_seen_paused_and_cancelled(house: House, browser: Browser, contexts: Contexts):
    aiko = opened(house, browser, contexts, "/routines", "Aiko", locale="ja", viewport={"width": 390, "height": 844})
    ben = opened(house, browser, contexts, "/routines", "Ben", locale="fr")
    tile = aiko.locator("details.tile", has_text="お茶")
    tile.locator("> summary").click()
    tile.get_by_role("combobox", name="入居者").select_option("佐藤ハナ")
    tile.locator('input[name="parameters.words"]').fill(LONG)
    tile.get_by_role("button", name="始める：お茶").click()
    card = ben.locator(".run", has_text="Le thé")
    expect(card).to_contain_text("en cours")
    expect(card).to_contain_text("attend (")
    expect(card).to_contain_text("Demandé par Aiko")
    expect(card.locator('[aria-current="step"]')).to_have_text("▶Maintenant : Attendre (300 s)")
    expect(card).to_contain_text(LONG)
    expect(card.locator("time[data-due]")).to_contain_text("minutes")
    assert ben.locator(".run b").count() == 0
    again = ben.locator("details.tile", has_text="Le thé")
    again.locator("> summary").click()
    again.get_by_label("Résident", exact=True).select_option("佐藤ハナ")
    again.locator('input[name="parameters.words"]').fill(LONG)
    again.get_by_role("button", name="Lancer : Le thé").click()
    expect(again.get_by_role("alert")).to_have_text("C'est déjà en cours ; demandé par : Aiko.")
    card.get_by_role("button", name="Mettre en pause").click()
    expect(aiko.locator(".run", has_text="お茶")).to_contain_text("一時停止中")
    expect(aiko.locator(".run .why")).to_contain_text("Benさんが一時停止しました")
    expect(aiko.locator(".run .is-broken_off")).to_contain_text("待ちます (300 s)")
    aiko.locator(".run").get_by_role("button", name="再開する").click()
    expect(card).to_contain_text("en cours")
    cancel = card.get_by_role("button", name="Annuler")
    cancel.click()
    card.locator("button[data-asked]").click()
    expect(aiko.locator(".runs")).to_contain_text("今、ロボットの仕事はありません。")
    house.peer.wait_until(lambda: house.names() == [], "the run to be over")
    told = [(who, what) for who, what, _ in audit(aiko, house, "command")]
    assert told[::-1] == [
        ("Aiko", "asked for a routine"),
        ("Ben", "pause: routine"),
        ("Aiko", "go on: routine"),
        ("Ben", "cancel: routine"),
    ]


def test_what_waits_for_a_named_caregiver_is_theirs_to_answer(house: House, browser: Browser, contexts: Contexts):
    aiko = opened(house, browser, contexts, "/routines", "Aiko")
    ben = opened(house, browser, contexts, "/routines", "Ben")
    tile = ben.locator("details.tile", has_text="A walk")
    tile.locator("> summary").click()
    tile.get_by_role("button", name="Start: A walk").click()
    approval = ben.locator(".approval")
    expect(approval).to_contain_text("Aiko's approval is asked for")
    expect(approval).to_contain_text("Without an answer the robot leaves it out: in 5 minutes")
    expect(approval).to_contain_text("Only Aiko can answer this.")
    run = ben.request.get(f"{house.url}api/v1/runs?only_approvals=true").json()["runs"][0]
    assert run["approval"]["of"] == "Aiko"
    refused = ben.request.post(f"{house.url}api/v1/runs/{run['run']}/answer", data={"answer": "approve"})
    assert refused.status == 403
    aiko.get_by_role("button", name="Yes, do it").click()
    expect(ben.locator(".run")).to_contain_text("runs")
    expect(ben.locator(".run .why")).to_have_count(0)
    assert ("Aiko", "approve: routine", run["run"]) in audit(aiko, house, "command")


def test_without_care_nothing_is_started_and_nothing_is_kept_for_later(
    house: House,
    browser: Browser,
    contexts: Contexts,
):
    page = opened(house, browser, contexts, "/routines", "Aiko", locale="ja")
    tile = page.locator("details.tile", has_text="お茶")
    tile.locator("> summary").click()
    tile.get_by_role("combobox", name="入居者").select_option("佐藤ハナ")
    house.care.child.send(signal.SIGKILL)
    expect(page.locator(".runs")).to_contain_text("見守りの機能が応答していません")
    tile.get_by_role("button", name="始める：お茶").click()
    expect(tile.get_by_role("alert")).to_contain_text("何も行われていません")
    house.restart_care(page)
    expect(page.locator(".runs")).to_contain_text("今、ロボットの仕事はありません。")
    assert house.names() == []
    tile.get_by_role("button", name="始める：お茶").click()
    house.peer.wait_until(lambda: house.names() == ["tea"], "the run")


def test_the_schedule_is_changed_and_outlives_care(house: House, browser: Browser, contexts: Contexts):
    page = opened(house, browser, contexts, "/schedule", "Aiko")
    expect(page.locator(".days")).to_contain_text("08:30 Morning check 佐藤ハナ")
    expect(page.locator("details.entry", has_text="Good night")).to_contain_text("by the line “0 21 * * *”")
    page.get_by_text("Add an entry …").click()
    tile = page.locator(".new details.tile", has_text="Medicine")
    tile.locator("> summary").click()
    tile.get_by_label("Resident").select_option("佐藤ハナ")
    tile.get_by_label("Medicine", exact=True).fill(LONG[:100])
    tile.get_by_label("Time 1").fill("09:00")
    tile.get_by_label("Time 2").fill("20:00")
    tile.get_by_label("Mon").check()
    tile.get_by_label("Fri").check()
    tile.get_by_role("button", name="Add").click()
    entry = page.locator("details.entry", has_text="Medicine")
    expect(entry).to_contain_text("Mon, Fri: 09:00, 20:00")
    expect(entry).to_contain_text(LONG[:100])

    house.care.child.send(signal.SIGKILL)
    house.restart_care(page)
    page.reload()
    expect(entry).to_contain_text("Mon, Fri: 09:00, 20:00")
    entry.locator("> summary").click()
    expect(entry).to_contain_text("Added or changed by Aiko")
    entry.get_by_role("button", name="Let it rest").click()
    expect(entry).to_contain_text("rests")

    morning = page.locator("details.entry", has_text="Morning check")
    morning.locator("> summary").click()
    expect(morning).to_contain_text("From the site file.")
    remove = morning.get_by_role("button", name="Remove")
    remove.click()
    morning.locator("button[data-asked]").click()
    expect(morning).to_contain_text("taken out")
    expect(page.locator(".days")).not_to_contain_text("08:30 Morning check")
    expect(morning).to_contain_text("Taken out by Aiko")
    morning.get_by_role("button", name="As the site file says").click()
    morning.locator("button[data-asked]").click()
    expect(page.locator(".days")).to_contain_text("08:30 Morning check")

    page.get_by_text("Leave out days …").click()
    form = page.locator("form", has=page.get_by_label("First day"))
    due = page.request.get(f"{house.url}api/v1/schedule/occurrences").json()["occurrences"]
    planned = [datetime.fromisoformat(each["due_at"]) for each in due if each["verdict"] == "planned"]
    day = f"{planned[0].astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d}"
    form.get_by_label("First day").fill(day)
    form.get_by_label("Last day").fill(day)
    form.get_by_label("Why").fill("<img src=x onerror=alert(1)>")
    form.get_by_label("For whom").select_option("佐藤ハナ")
    form.get_by_role("button", name="Add").click()
    expect(page.locator(".due.is-paused").first).to_contain_text("left out (<img src=x onerror=alert(1)>)")
    whats = [what for who, what, _ in audit(page, house, "change") if who == "Aiko"]
    assert whats[::-1] == ["set: schedule", "set: schedule", "remove: schedule", "restore: schedule", "pause: schedule"]


def test_where_the_records_are_locked_the_schedule_stays(house: House, browser: Browser, contexts: Contexts):
    page = opened(house, browser, contexts, "/schedule", "Aiko", locale="fr")
    lock = sqlite3.connect(house.folder / "records" / "records.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    refused = page.request.delete(f"{house.url}api/v1/schedule/entries/morning", headers={"Accept-Language": "fr"})
    assert refused.status == 503
    assert "Rien n'a été changé" in refused.json()["detail"] or "Rien n'a été fait" in refused.json()["detail"]
    lock.execute("ROLLBACK")
    lock.close()
    held = page.request.get(f"{house.url}api/v1/schedule").json()
    assert [each["removed"] for each in held["entries"]] == [False, False]
    assert page.request.delete(f"{house.url}api/v1/schedule/entries/morning").status == 200


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    """As where somebody put a read-only copy in the file's place."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    if subprocess.run(["mount", "--bind", str(copy), str(path)], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount anything")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_where_the_records_are_read_only_a_sentence_says_so_and_the_schedule_goes_on(
    house: House, browser: Browser, contexts: Contexts
):
    page = opened(house, browser, contexts, "/schedule", "Aiko")
    page.get_by_text("Add an entry …").click()
    tile = page.locator(".new details.tile", has_text="Medicine")
    tile.locator("> summary").click()
    tile.get_by_label("Resident").select_option("佐藤ハナ")
    tile.get_by_label("Medicine", exact=True).fill("Amlodipine")
    tile.get_by_label("Time 1").fill("09:00")
    with read_only(house.folder / "records" / "records.sqlite"):
        tile.get_by_role("button", name="Add").click()
        expect(tile.get_by_role("alert")).to_contain_text("Nothing was changed, because it cannot be recorded")
        said = page.get_by_text(
            "Changes of the schedule cannot be recorded at the moment; it goes on as it stands here:"
        )
        expect(said).to_contain_text("records.sqlite")
        expect(page.locator("details.entry")).to_have_count(2)
        assert page.request.get(f"{house.url}api/v1/schedule/occurrences").json()["occurrences"]
        expect(page.locator(".days")).to_contain_text("08:30 Morning check")
        expect(tile.get_by_label("Medicine", exact=True)).to_have_value("Amlodipine")
    expect(said).to_have_count(0)
    tile.get_by_role("button", name="Add").click()
    expect(page.locator("details.entry", has_text="Amlodipine")).to_contain_text("every day: 09:00")


def test_what_is_said_and_answered_stands_on_the_page(house: House, browser: Browser, contexts: Contexts):
    answers = house.peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
    page = opened(house, browser, contexts, "/talk", "Aiko", locale="fr")
    expect(page.locator(".heard-marks")).to_contain_text("Le résident entend ce que vous dites ici.")
    expect(page.locator(".heard-marks")).to_contain_text("Le robot n'écoute pas")
    page.get_by_role("button", name="何か飲みますか。").click()
    expect(page.get_by_label("Quoi dire")).to_have_value("何か飲みますか。")
    page.get_by_role("button", name="Le dire").click()
    said = page.locator(".said.caregiver", has_text="何か飲みますか。")
    expect(said).to_contain_text("dit à voix haute")
    expect(said).to_contain_text("Aiko, par le robot")
    house.peer.wait_until(lambda: answers.get_subscription_count() > 0, "the conversation")
    answers.publish(Utterance(text="<i>お水</i>をください", language="ja", who="佐藤ハナ"))
    house.peer.spin(0.2)
    expect(page.locator(".said.resident")).to_contain_text("<i>お水</i>をください")
    assert ("Aiko", "said through the robot", "何か飲みますか。") in audit(page, house, "command")
    assert ("Aiko", "read what is said", "") in audit(page, house, "look")
    for text, status in ((LONG, 202), (LONG + "x", 422), ("\u200b", 422), ("", 422)):
        answer = page.request.post(f"{house.url}api/v1/say", data={"text": text, "language": "ja"})
        assert answer.status == status, text


def test_what_was_said_is_forgotten_by_a_button_and_not_while_the_conversation_is_away(
    house: House, browser: Browser, contexts: Contexts
):
    words = house.peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
    page = opened(house, browser, contexts, "/talk", "Aiko", locale="fr")
    made = page.request.post(f"{house.url}api/v1/residents", data={"name": SITE["residents"][0]["name"]}).json()
    memory = page.locator(".memory")
    expect(memory).to_contain_text("n'a pas donné son accord")
    consent = f"{house.url}api/v1/residents/{made['id']}/consents/conversation_memory"
    assert page.request.put(consent, data={"given": True}).status == 200
    expect(memory).to_contain_text("Le résident est d'accord")
    house.peer.wait_until(lambda: words.get_subscription_count() > 0, "the conversation")
    words.publish(Utterance(text="内緒の話です", language="ja"))
    house.peer.spin(0.2)
    expect(page.locator(".said.resident")).to_contain_text("内緒の話です")
    button = memory.get_by_role("button")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    button.click()
    expect(page.locator(".said.resident")).to_have_count(1)
    memory.get_by_role("button", name="Vraiment").click()
    expect(memory.get_by_role("status")).to_contain_text("C'est oublié")
    expect(page.locator(".said.resident")).to_have_count(0)
    assert ("Aiko", "what was said is forgotten", made["name"]) in audit(page, house, "command")
    words.publish(Utterance(text="もう一つの話です", language="ja"))
    house.peer.spin(0.2)
    expect(page.locator(".said.resident")).to_have_count(1)
    house.conversation.stop(signal.SIGKILL)
    expect(page.locator(".heard-mark")).to_be_visible(timeout=40_000)
    button = memory.get_by_role("button")
    button.click()
    memory.get_by_role("button", name="Vraiment").click()
    expect(memory.get_by_role("alert")).to_contain_text("Rien n'a été effacé")
    expect(page.locator(".said.resident")).to_have_count(1)
