"""The record in the settings, after an evening of many deeds, as it is read by somebody who knows no English."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

STAY = {"first_day": "2030-01-01", "last_day": "2030-01-03", "reason": "入院"}
HTML = "<b>お茶</b>です"


def an_evening(server: RunningServer, client: httpx.Client) -> list[str]:
    """What the API has of it: the phrases as they were written."""

    def post(path: str, **body: object) -> httpx.Response:
        return client.post(f"/api/v1/{path}", json=body or None)

    made = post("residents", name="伊藤", reading="", room="", robot="").json()
    client.put(f"/api/v1/residents/{made['id']}/consents/live_view", json={"given": True})
    run = post("routines/hydration_reminder/runs", parameters={"resident": "佐藤ハナ"}).json()["run"]
    post(f"runs/{run}/answer", answer="pause")
    post("say", text=HTML, language="ja")
    post("schedule/pauses", **STAY)
    client.delete("/api/v1/schedule/entries/water")
    contacts = client.get("/api/v1/contacts").json()["contacts"]
    client.delete(f"/api/v1/contacts/{contacts[-1]['id']}")  # the last one stays
    post("looks", reason="様子")
    client.put("/api/v1/push/names", json={"given": True})
    client.get("/api/v1/export/alerts.csv")
    alert = server.do("hear", fall="night", kind="confirmed")["id"]
    post(f"alerts/{alert}/answer", answer="acknowledge")
    post("trip", name="kitchen")
    post("emergency_stop")
    rows = client.get("/api/v1/audit").json()["rows"]
    return [row["what"] for row in rows]


def record(browser: Browser, server: RunningServer, contexts: list[BrowserContext], language: str) -> Locator:
    page = Tablet(browser, server, contexts, locale=language).pair("美香")
    page.goto(f"{server.url}settings")
    page.wait_for_selector(".page[data-beat]")
    return page.locator("section", has=page.locator("table")).last


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "ja",
            (
                "ご本人の同意「介護者が時間を限ってカメラの映像を見る」（はい）：伊藤",
                f"ロボットからの声かけ：{HTML}",
                "休みの日の追加：2030年1月1日〜2030年1月3日",
                "書き出し「お知らせ（CSV）」",
                "ロボットへの移動の指示：台所",
                "緊急停止",
                "連絡先の削除（断られました）：夜勤室",
            ),
        ),
        (
            "fr",
            (
                "Consentement « Les soignants peuvent regarder par la caméra un temps limité » (oui) : 伊藤",
                f"Phrase dite par le robot : {HTML}",
                "Ajout de jours sautés : du 1/1/2030 au 3/1/2030",
                "Export « Alertes (CSV) »",
                "Envoi du robot : la cuisine",
                "Arrêt d’urgence",
                "Retrait d’un contact (refus) : 夜勤室",
            ),
        ),
    ],
)
def test_no_phrase_of_the_record_stays_english(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext], language: str, told: tuple[str, ...]
):
    with paired(server, "恵子") as client:
        written = an_evening(server, client)
    shown = record(browser, server, contexts, language)
    cells = [text.strip() for text in shown.locator("tbody td:nth-child(3)").all_inner_texts()]
    # The newest are those of the tablet on which it is read: it was paired, and its home page looked at the alert.
    assert len(cells) > len(written) > 12
    for what, cell in zip(written, cells[-len(written) :], strict=True):
        assert what not in cell
    for each in told:
        assert each in cells
    expect(shown.locator("b")).to_have_count(0)
    if language == "ja":
        foreign = re.sub(r"[0-9a-f]{8}[0-9a-f-]+|CSV|</?b>", "", " ".join(cells))
        assert re.findall("[A-Za-z]{2,}", foreign) == []


def test_in_english_it_stays_near_what_is_written(
    browser: Browser, server: RunningServer, contexts: list[BrowserContext]
):
    with paired(server, "Keiko") as client:
        an_evening(server, client)
    shown = record(browser, server, contexts, "en-GB")
    for words in ("paired a device", "asked for a routine", "emergency stop", "sent the robot"):
        expect(shown.get_by_text(words).first).to_be_visible()
