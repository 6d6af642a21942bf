"""`carebot map edit` in a real browser: what is drawn, what is typed, what is refused, and what reaches the file."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect

from carebot.resources import share_dir
from carebot.tablet.language import languages
from tests.browser.test_accessibility import TOO_SMALL, assert_the_keyboard_reaches_everything, violations

pytestmark = pytest.mark.slow

CAREBOT = Path(sys.executable).with_name("carebot")
Contexts = list[BrowserContext]


class Editor:
    """The real command, and browsers that look at it."""

    def __init__(self, site: Path, port: int = 0) -> None:
        self.site = site
        command = [str(CAREBOT), "map", "edit", str(site), "--no-browser", "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(f"{site}: draw at http://127.0.0.1:"), line
        self.url = line.split("draw at ")[1].split()[0]

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    @property
    def content(self) -> dict[str, list[dict[str, object]]]:
        return dict(yaml.safe_load(self.site.read_text(encoding="utf-8")))


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    shutil.copytree(share_dir() / "sim" / "sites", tmp_path, dirs_exist_ok=True)
    started = Editor(tmp_path / "home.yaml")
    yield started
    if started.process.poll() is None:
        assert started.end() == 0


def opened(browser: Browser, editor: Editor, contexts: Contexts, **options: object) -> Page:
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **options})
    contexts.append(context)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("request", lambda request: request.url.startswith((editor.url.rpartition("/")[0], "ws", "data:", "blob:"))
            or pytest.fail(request.url))  # fmt: skip
    look(page, editor.url)
    return page


def look(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("#drawing .rooms.area").first).to_be_attached()
    is_good(page)


def is_good(page: Page) -> None:
    expect(page.locator('#verdict[data-mood="good"]')).to_be_attached(timeout=60_000)


def is_wrong(page: Page, sentence: str) -> None:
    expect(page.locator('#verdict[data-mood="bad"]')).to_contain_text(sentence, timeout=60_000)
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


def saved(page: Page) -> None:
    is_good(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#verdict")).to_contain_text("Saved in home.yaml", timeout=60_000)


def at(page: Page, x_m: float, y_m: float) -> tuple[float, float]:
    """Where a point of the map is on the screen."""
    found = page.evaluate(
        """([x, y]) => {
          const svg = document.getElementById("drawing");
          const at = new DOMPoint(100 * x, -100 * y).matrixTransform(svg.getScreenCTM());
          return [at.x, at.y];
        }""",
        [x_m, y_m],
    )
    return found[0], found[1]


def drag(page: Page, start_m: tuple[float, float], end_m: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start_m))
    page.mouse.down()
    page.mouse.move(*at(page, (start_m[0] + end_m[0]) / 2, (start_m[1] + end_m[1]) / 2), steps=3)
    page.mouse.move(*at(page, *end_m), steps=3)
    page.mouse.up()


def choose(page: Page, name: str) -> None:
    page.locator(".item", has=page.get_by_text(name, exact=True)).click()
    expect(page.locator("#chosen h2")).to_have_text(name)


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_a_corner_is_drawn_over_another_room_undone_and_drawn_right(
    browser: Browser, editor: Editor, contexts: Contexts
):
    before = editor.site.read_text(encoding="utf-8")
    page = opened(browser, editor, contexts)
    page.mouse.click(*at(page, 7.2, 7.0))  # in the kitchen, beside everything
    expect(page.locator("#chosen h2")).to_have_text("kitchen")
    drag(page, (10, 5), (10, 4))
    is_wrong(page, "home.yaml, line 18: rooms.2.polygon: kitchen overlaps living_room by 2.30 m²: correct one of them.")
    expect(page.locator(".item.faulty")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    is_good(page)
    page.get_by_role("button", name="Redo").click()
    is_wrong(page, "kitchen overlaps living_room")
    page.keyboard.press("Control+z")
    choose(page, "kitchen")
    drag(page, (10, 8), (9.7, 7.8))
    saved(page)
    gone, come = lines_changed(before, editor.site.read_text(encoding="utf-8"))
    assert gone == ["    polygon: [[5.4, 5], [10, 5], [10, 8], [5.4, 8]]"]
    assert come == ["    polygon: [[5.4, 5], [10, 5], [9.7, 7.8], [5.4, 8]]"]


def test_everything_is_drawn_new_with_one_finger(browser: Browser, editor: Editor, contexts: Contexts):
    before = editor.site.read_text(encoding="utf-8")
    page = opened(browser, editor, contexts)
    tool = page.locator(".drawing-tools button")
    tool.filter(has_text="New room").click()
    drag(page, (10, 0), (11.5, 3))  # a rectangle
    tool.filter(has_text="New zone").click()
    for corner in ((6, 4), (7, 4), (7, 4.8), (6, 4)):  # corner after corner, and the first one again
        page.mouse.click(*at(page, *corner))
    page.get_by_label("What holds here").select_option("slow")
    expect(page.get_by_label("At most, in metres per second")).to_have_value("0.3")
    tool.filter(has_text="New place").click()
    drag(page, (10.8, 1.5), (10.8, 2.5))
    tool.filter(has_text="New charger").click()
    page.mouse.click(*at(page, 11.2, 2.6))
    tool.filter(has_text="New door").click()
    page.mouse.click(*at(page, 10.03, 2))
    is_good(page)
    expect(page.locator("#verdict")).to_contain_text("room_1 reaches 1.2 m beyond the map")
    saved(page)
    after = editor.site.read_text(encoding="utf-8")
    assert lines_changed(before, after)[0] == []
    content = editor.content
    assert content["rooms"][-1] == {"name": "room_1", "polygon": [[10, 0], [11.5, 0], [11.5, 3], [10, 3]]}
    assert content["zones"][-1] == {
        "name": "zone_1", "kind": "slow", "polygon": [[6, 4], [7, 4], [7, 4.8]], "max_speed_m_s": 0.3,
    }  # fmt: skip
    assert content["places"][-1] == {"name": "place_1", "at": [10.8, 1.5], "facing_deg": 90}
    assert content["docks"][-1] == {"name": "dock_1", "at": [11.2, 2.6], "facing_deg": 0}
    door = content["doors"][-1]
    assert (door["at"], sorted(door["between"]), door["width_m"]) == ([10, 2], ["living_room", "room_1"], 0.85)


def test_the_keyboard_does_all_of_it(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    tools = page.locator(".drawing-tools button")
    tools.filter(has_text="New zone").press("Enter")
    page.get_by_role("button", name="Put it in the middle").press("Enter")
    page.get_by_label("Name for routines").fill("stretching")
    page.get_by_label("Name for routines").press("Tab")
    page.get_by_label("What holds here").select_option("exercise")
    page.get_by_role("button", name="Add a time of day").press("Enter")
    page.get_by_label("from", exact=True).fill("09:15")
    page.get_by_label("to", exact=True).fill("09:45")
    page.get_by_label("to", exact=True).press("Tab")
    for number, (x_m, y_m) in enumerate(((6, 3.5), (7, 3.5), (7, 4.5), (6, 4.5)), start=1):
        page.get_by_label(f"Corner {number}, x").fill(str(x_m))
        page.get_by_label(f"Corner {number}, y").fill(str(y_m))
    page.get_by_role("button", name="Add a corner after corner 4").press("Enter")
    page.get_by_label("Corner 5, x").fill("5.9")
    page.get_by_role("button", name="Remove corner 2").press("Enter")
    page.locator(".item", has_text="charger").first.press("Enter")
    page.get_by_role("button", name="Delete charger").press("Enter")
    expect(page.locator(".item", has_text="charger")).to_have_count(0)
    is_good(page)
    page.keyboard.press("Control+s")
    expect(page.locator("#verdict")).to_contain_text("Saved", timeout=60_000)
    content = editor.content
    assert content["docks"] == []
    assert content["zones"][-1] == {
        "name": "stretching",
        "kind": "exercise",
        "polygon": [[6, 3.5], [7, 4.5], [6, 4.5], [5.9, 4]],
        "during": [{"from": "09:15", "to": "09:45"}],
    }
    page.keyboard.press("Control+z")
    expect(page.locator(".item", has_text="charger")).to_have_count(1)
    saved(page)
    assert editor.content["docks"][0]["name"] == "charger"


def test_a_room_is_renamed_with_its_doors_and_its_resident(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    choose(page, "bedroom")
    page.get_by_label("Name for routines").fill("kitchen")
    page.get_by_label("Name for routines").press("Enter")
    is_wrong(page, "'kitchen' is also among rooms: use another name")
    page.get_by_label("Name for routines").fill("hanas_room")
    page.get_by_label("Name for routines").press("Enter")
    is_good(page)
    page.get_by_text("What it is called aloud").click()
    page.get_by_label("日本語").fill("ハナさんの部屋")
    page.get_by_label("日本語").press("Enter")
    saved(page)
    content = editor.content
    assert content["residents"][0]["room"] == "hanas_room"
    assert content["doors"][0]["between"] == ["corridor", "hanas_room"]
    assert content["rooms"][0]["called"]["ja"] == "ハナさんの部屋"
    assert "# corners in metres on the map" in editor.site.read_text(encoding="utf-8")


def test_what_a_routine_needs_is_not_taken_away(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    choose(page, "entrance mat")
    page.get_by_role("button", name="Delete entrance mat").click()
    is_wrong(page, "there is no zone or room 'entrance_mat'")


def test_a_file_that_was_changed_meanwhile_is_not_written_over(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    choose(page, "study")
    page.get_by_label("Name for routines").fill("library")
    page.get_by_label("Name for routines").press("Enter")
    is_good(page)
    other = (
        editor.site.read_text(encoding="utf-8").replace("name: store\n", "name: closet\n").replace("store]", "closet]")
    )
    editor.site.write_text(other, encoding="utf-8")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#verdict")).to_contain_text("was changed by something else since it was read here")
    assert editor.site.read_text(encoding="utf-8") == other
    page.get_by_role("button", name="Show what the file says now").click()
    expect(page.locator(".item", has_text="closet")).to_have_count(1)
    expect(page.locator(".item", has_text="library")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".item", has_text="library")).to_have_count(1)
    saved(page)
    assert [room["name"] for room in editor.content["rooms"]][4:] == ["library", "corridor", "store"]


def test_nothing_is_lost_when_the_command_ends(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    before = editor.site.read_bytes()
    choose(page, "rug")
    page.get_by_label("Corner 1, x").fill("6.5")
    page.get_by_label("Corner 1, x").press("Tab")
    is_good(page)
    port = editor.port
    assert editor.end() == 0
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#verdict")).to_contain_text("start the command again")
    again = Editor(editor.site, port)
    try:
        look(page, again.url)
        expect(page.locator("#verdict")).to_contain_text("is back")
        assert editor.site.read_bytes() == before
        saved(page)
        assert again.content["zones"][2]["polygon"][0] == [6.5, 1.3]
    finally:
        again.end()


def test_a_folder_that_cannot_be_written_is_told(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    choose(page, "rug")
    page.get_by_role("button", name="Delete rug").click()
    is_good(page)
    half = editor.site.with_name(f"home.yaml.{editor.process.pid}")
    half.mkdir()  # in the way of the file that is written first
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#verdict")).to_contain_text("cannot be written")
    half.rmdir()
    choose(page, "sofa")
    page.get_by_label("Corner 1, x").fill("9.1")
    page.keyboard.press("Control+s")
    expect(page.locator("#verdict")).to_contain_text("Saved in home.yaml", timeout=60_000)
    assert editor.content["zones"][1]["polygon"][0] == [9.1, 1.2]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("size", "theme"), [((1440, 900), "light"), ((390, 844), "dark"), ((820, 1180), "light")])
def test_it_has_no_violation_and_no_small_target(
    browser: Browser, editor: Editor, contexts: Contexts, size: tuple[int, int], theme: str, language: str
):
    width, height = size
    page = opened(
        browser, editor, contexts, locale=language, viewport={"width": width, "height": height},
        color_scheme=theme,
    )  # fmt: skip
    assert page.evaluate("document.documentElement.lang") == language
    for name in ("kitchen", "bedside", "charger", "kitchen door", "rug", "entrance mat"):
        choose(page, name)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], name
        assert page.evaluate(TOO_SMALL) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    hits = page.locator(".handle .hit").evaluate_all("all => all.map((each) => each.getBoundingClientRect().width)")
    assert hits
    assert min(hits) >= 47.5
    choose(page, "entrance mat")
    page.locator(".delete").click()
    expect(page.locator('#verdict[data-mood="bad"]')).to_be_attached(timeout=60_000)
    assert violations(page) == [], "something is wrong"
    assert page.evaluate(TOO_SMALL) == []


def test_the_keyboard_reaches_everything(browser: Browser, editor: Editor, contexts: Contexts):
    page = opened(browser, editor, contexts)
    choose(page, "kitchen")
    assert_the_keyboard_reaches_everything(page)
