"""The page as caregivers use it: a real server, a real browser, and what they see, hear and touch."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import Tablet
from tests.tablet.running import RunningServer

pytestmark = pytest.mark.slow

Contexts = list[BrowserContext]


def test_a_wrong_pin_is_told_and_the_right_one_opens_the_page(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts)
    page = tablet.page
    page.goto(server.url)
    assert page.url.endswith("/pair")
    pin = server.pin()
    page.fill("#pin", "000000" if pin != "000000" else "000001")
    page.click("form button")
    expect(page.locator("#problem")).to_contain_text("name")
    page.fill("#name", "Aiko")
    page.click("form button")
    expect(page.locator("#problem")).to_contain_text("not right")
    page.fill("#pin", f"{pin[:3]} {pin[3:]}")
    page.click("form button")
    expect(page.locator(".quiet-card")).to_contain_text("All quiet")
    expect(page.locator(".me")).to_contain_text("Aiko")
    assert tablet.errors == []
    assert tablet.foreign == []


def test_an_alert_appears_with_its_reason_and_is_answered(browser: Browser, server: RunningServer, contexts: Contexts):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    raised = server.do("hear", fall="a", kind="confirmed")
    card = page.locator(".alert.confirmed")
    card.wait_for()
    print(f"alert in care to visible in the browser: {1000 * (time.time() - raised['at_s']):.0f} ms")
    expect(card).to_contain_text("Dropped from standing to the floor in 0.6 s and has not moved since.")
    expect(card.locator("time")).to_contain_text("·")
    expect(page.locator("html")).to_have_attribute("data-alarm", "urgent")
    expect(page).to_have_title("● Fall")
    card.get_by_role("button", name="I am coming").click()
    expect(page.locator(".alert.acknowledged h3")).to_have_text("Aiko is coming")
    expect(page.locator("html")).to_have_attribute("data-alarm", "none")

    page.get_by_role("button", name="Resolved").click()
    page.locator(".question textarea").fill("Helped up <b>&amp;</b> made tea")
    page.get_by_role("button", name="Yes, it is over").click()
    resolved = page.locator(".alert.resolved")
    expect(resolved).to_contain_text("Ended by Aiko: it was real")
    expect(resolved.locator(".note")).to_have_text("Helped up <b>&amp;</b> made tea")
    expect(page.locator(".quiet-card")).to_be_visible()
    assert tablet.errors == []
    assert tablet.foreign == []


def test_calls_for_help_and_what_was_answered_stand_on_the_card(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    tablet = Tablet(browser, server, contexts)
    page = tablet.pair()
    server.do("call", words="助けて <b>")
    card = page.locator(".alert.confirmed")
    card.wait_for()
    expect(card.locator("h3")).to_have_text("Call for help")
    expect(card).to_contain_text('Called for help: "助けて <b>".')
    expect(card).not_to_contain_text("on the floor")
    expect(page).to_have_title("● Call for help")
    card.get_by_role("button", name="I am coming").click()

    server.do("hear", fall="a", kind="confirmed")
    server.do("exchange", fall="a", answer="none", heard="")
    fallen = page.locator(".alert.confirmed")
    expect(fallen.locator(".exchanges")).to_have_text(
        "The robot asked “大丈夫ですか。” (2 times). There was no answer."
    )
    assert tablet.errors == []


def test_a_false_alarm_asks_before_it_ends(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    server.do("hear", fall="a", kind="suspected")
    page.get_by_role("button", name="False alarm").click()
    page.get_by_role("button", name="Back").click()
    expect(page.locator(".alert.suspected")).to_be_visible()
    page.get_by_role("button", name="False alarm").click()
    page.get_by_role("button", name="Yes, false alarm").click()
    expect(page.locator(".alert.resolved")).to_contain_text("false alarm")


def test_the_second_caregiver_sees_who_is_coming(browser: Browser, server: RunningServer, contexts: Contexts):
    aiko, ben = Tablet(browser, server, contexts).pair("愛子"), Tablet(browser, server, contexts).pair("Ben")
    server.do("hear", fall="a", kind="confirmed")
    for page in (aiko, ben):
        page.locator(".alert.confirmed").wait_for()
    aiko.get_by_role("button", name="I am coming").click()
    expect(ben.locator(".alert.acknowledged h3")).to_have_text("愛子 is coming")
    expect(ben.get_by_role("button", name="I am coming")).to_have_count(0)
    expect(ben.locator("html")).to_have_attribute("data-alarm", "none")


def test_who_answers_too_late_is_told_who_was_first(browser: Browser, server: RunningServer, contexts: Contexts):
    aiko, ben = Tablet(browser, server, contexts).pair("Aiko"), Tablet(browser, server, contexts).pair("Ben")
    server.do("hear", fall="a", kind="confirmed")
    server.do("slow", delay_s=1.0)
    for page in (aiko, ben):
        page.get_by_role("button", name="I am coming").wait_for()
    aiko.get_by_role("button", name="I am coming").click()
    ben.get_by_role("button", name="I am coming").click()
    expect(ben.locator(".q-notification")).to_contain_text("Aiko is already coming")


WATCH_SOUND_BAR = """setInterval(() => {
  const bar = document.querySelector(".sound-bar");
  if (bar && !bar.hidden) window.seenSoundBar = bar.textContent;
}, 50);"""


def test_the_alarm_sounds_once_the_sound_is_on(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair().context.new_page()
    page.add_init_script(WATCH_SOUND_BAR)
    page.goto(server.url)
    page.wait_for_timeout(2500)  # untouched: whatever Playwright asks of a page counts as a touch
    assert page.evaluate("seenSoundBar") == "♪ Tap here to switch the alarm sound on"
    page.mouse.click(5, 5)
    expect(page.locator(".sound-bar")).to_be_hidden()
    server.do("hear", fall="a", kind="suspected")
    page.wait_for_function("carebotAlarm.calls.includes('soft')")
    server.do("hear", fall="a", kind="confirmed")
    page.wait_for_function("carebotAlarm.calls.filter((call) => call === 'urgent').length >= 2")
    page.get_by_role("button", name="I am coming").click()
    page.wait_for_function("carebotAlarm.playing() === 'none'")


def test_a_killed_server_is_seen_within_three_seconds_and_the_page_comes_back(
    browser: Browser, server: RunningServer, contexts: Contexts
):
    page = Tablet(browser, server, contexts).pair()
    page.clock.install()
    page.reload()
    server.do("hear", fall="a", kind="confirmed")
    page.locator(".alert.confirmed").wait_for()
    server.kill()
    page.clock.run_for(3000)
    assert page.locator(".server-lost").is_visible(), "within 3 s of the browser's own clock"
    again = server.restart()
    try:
        expect(page.locator(".server-lost")).to_be_hidden(timeout=60_000)
        page.get_by_role("button", name="I am coming").click()
        expect(page.locator(".alert.acknowledged")).to_be_visible()
    finally:
        again.close()


def test_a_lost_robot_is_shown_and_found_again(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    cut_s = time.monotonic()
    server.do("silence")
    expect(page.locator(".lost-banner")).to_be_visible(timeout=10_000)
    print(f"robot silent to banner: {time.monotonic() - cut_s:.2f} s (to reach: 3 s)")
    expect(page.locator(".quiet-card")).to_be_hidden()
    server.do("speak")
    expect(page.locator(".lost-banner")).to_be_hidden()
    server.do("blind")
    expect(page.locator(".blind-banner")).to_be_visible()
    expect(page.locator(".figures svg")).to_have_count(0)


def test_the_skeletons_move_at_least_five_times_a_second(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair()
    expect(page.locator(".figures .person")).to_have_count(3)
    changes = page.evaluate(
        """() => new Promise((done) => {
            let count = 0;
            new MutationObserver(() => { count += 1; }).observe(document.querySelector(".figures"), {childList: true});
            setTimeout(() => done(count), 2000);
        })"""
    )
    print(f"skeleton drawn {changes / 2:.1f} times a second (to reach: 5)")
    assert changes >= 4
    server.do("hear", fall="a", kind="confirmed")
    expect(page.locator(".figures .person.confirmed")).to_have_count(1)


@pytest.mark.parametrize(
    ("locale", "quiet", "fall"), [("ja-JP", "異常ありません", "転倒"), ("fr-FR", "Tout est calme", "Chute")]
)
def test_the_page_speaks_the_browsers_language_and_changes_it(
    browser: Browser, server: RunningServer, contexts: Contexts, locale: str, quiet: str, fall: str
):
    page = Tablet(browser, server, contexts, locale=locale).pair("田中")
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    expect(page.locator(".quiet-card")).to_contain_text(quiet)
    server.do("hear", fall="a", kind="confirmed")
    expect(page.locator(".alert h3")).to_have_text(fall)
    page.select_option("select[data-action=language]", "en")
    expect(page.locator(".alert h3")).to_have_text("Fall")


def test_another_caregiver_takes_the_tablet(browser: Browser, server: RunningServer, contexts: Contexts):
    page = Tablet(browser, server, contexts).pair("Aiko")
    page.locator(".me").click()
    page.fill("#new-name", "Ben")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".me .full")).to_have_text("You are Ben")


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_a_name_of_300_signs_in_three_scripts_is_shown_to_its_end_and_breaks_no_page(
    browser: Browser, server: RunningServer, contexts: Contexts, size: tuple[int, int]
):
    name = "佐藤" * 50 + "لبنى" * 25 + "Ékaterina" * 10 + "この最後まで読めます"
    assert len(name) == 300
    tablet = Tablet(browser, server, contexts, viewport={"width": size[0], "height": size[1]})
    page = tablet.page
    page.goto(server.url)
    page.fill("#pin", server.pin())
    page.focus("#name")
    page.keyboard.insert_text(name)
    page.click("form button")
    page.wait_for_selector(".page[data-beat]")
    resident = {"name": name, "reading": "", "room": "204", "robot": ""}
    assert page.request.post(f"{server.url}api/v1/residents", data=resident).status == 201
    for path in ("", "schedule", "talk", "settings"):
        page.goto(f"{server.url}{path}")
        page.wait_for_selector(".page[data-beat]")
        expect(page.locator(".me .full")).to_have_text(f"You are {name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
    page.goto(server.url)
    expect(page.locator(".resident h2")).to_have_text(name)
    server.do("hear", fall="a", kind="confirmed")
    page.get_by_role("button", name="I am coming").click()
    expect(page.locator(".alert.acknowledged h3")).to_contain_text(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "the alert"
    assert tablet.errors == []


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (1280, 800), (320, 568)])
def test_everything_fits_and_can_be_touched(
    browser: Browser, server: RunningServer, contexts: Contexts, size: tuple[int, int]
):
    page = Tablet(browser, server, contexts, viewport={"width": size[0], "height": size[1]}).pair("A long name " * 6)
    server.do("hear", fall="a", kind="confirmed")
    page.locator(".alert.confirmed").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    for target in page.locator("button:visible, select:visible, input:visible").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 48, target.inner_text()
    coming = page.get_by_role("button", name="I am coming").bounding_box()
    assert coming is not None
    assert coming["y"] + coming["height"] <= max(size[1], 400), "the first button is below the fold"


CONTRASTS = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll(".page *, .pair-card *, .sound-bar")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".sr-only")) continue;  // heard, not seen
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.className} "${element.textContent.slice(0, 30)}": ${ratio.toFixed(2)}`);
  }
  return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_contrast(browser: Browser, server: RunningServer, contexts: Contexts, theme: str):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, in every state of an alert."""
    tablet = Tablet(browser, server, contexts)
    tablet.page.add_init_script(f"localStorage.setItem('carebot-theme', '{theme}')")
    tablet.page.goto(server.url)
    assert tablet.page.evaluate(CONTRASTS) == []
    page = tablet.pair()
    assert page.evaluate(CONTRASTS) == []
    for kind in ("suspected", "confirmed"):
        server.do("hear", fall="a", kind=kind)
        page.locator(f".alert.{kind}").wait_for()
        assert page.evaluate(CONTRASTS) == []
    page.get_by_role("button", name="I am coming").click()
    page.locator(".alert.acknowledged").wait_for()
    page.get_by_role("button", name="Resolved").click()
    page.locator(".question").wait_for()
    assert page.evaluate(CONTRASTS) == []
    page.get_by_role("button", name="Yes, it is over").click()
    page.locator(".alert.resolved").wait_for()
    server.do("hear", fall="b", kind="recovered")
    page.locator(".alert.recovered").wait_for()
    server.do("silence")
    expect(page.locator(".lost-banner")).to_be_visible()
    assert page.evaluate(CONTRASTS) == []
