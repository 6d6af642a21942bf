"""What is drawn, put into a site file: checked as `carebot check site` does, whole or not at all."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.resources import share_dir
from carebot.site_editor.document import LISTS, ChangedError, Drawing, SiteDocument

CAREBOT = Path(sys.executable).with_name("carebot")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(share_dir() / "sim" / "sites", tmp_path, dirs_exist_ok=True)
    return tmp_path / "home.yaml"


def drawing(document: SiteDocument) -> dict[str, Any]:
    version, content = document.read()
    lists = {key: [{"value": value, "origin": number} for number, value in enumerate(content[key])] for key in LISTS}
    return {"version": version, **lists}


def test_what_was_only_looked_at_is_saved_as_it_was(site: Path):
    before = site.read_bytes()
    document = SiteDocument(site)
    drawn = Drawing.model_validate(drawing(document))
    assert document.refusals(drawn) == ()
    assert document.save(drawn) == drawn.version
    assert site.read_bytes() == before


def test_everything_that_is_wrong_is_told_with_where_it_is(site: Path):
    document = SiteDocument(site)
    drawn = drawing(document)
    drawn["rooms"][2]["value"]["polygon"][1] = [10, 4]
    drawn["places"][0]["value"]["name"] = "charger"
    drawn["doors"][0]["value"]["at"] = [3.04, 6]
    found = document.refusals(Drawing.model_validate(drawn))
    assert [each.keys for each in found] == [("docks", 0), ("rooms", 2, "polygon"), ("doors", 0, "at")]
    assert found[0].sentence == "home.yaml, line 65: docks.0: 'charger' is also among places: use another name."
    assert found[2].sentence.endswith(
        "doors.0.at: bedroom_door is 1.40 m away from corridor: put it where the rooms meet."
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "Mat"}, "zones.4.name"),
        ({"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "its edges cross or touch"),
        ({"kind": "lava"}, "zones.4.kind"),
        ({"during": [{"from": "10", "to": "11:00"}]}, "'10' is no time of day"),
        ({"surprise": 1}, "zones.4.surprise"),
    ],
)
def test_values_that_no_page_would_send_are_refused_too(site: Path, change: dict[str, Any], sentence: str):
    document = SiteDocument(site)
    drawn = drawing(document)
    drawn["zones"][4]["value"] |= change
    assert sentence in document.refusals(Drawing.model_validate(drawn))[0].sentence


@pytest.mark.parametrize("origins", [[0, 0, 2, 3, 4], [1, 0, 2, 3, 4], [0, 1, 2, 3, 99]])
def test_numbers_that_are_not_the_files_change_nothing(site: Path, origins: list[int]):
    document = SiteDocument(site)
    drawn = drawing(document)
    for entry, origin in zip(drawn["zones"], origins, strict=True):
        entry["origin"] = origin
    assert "by hand" in document.refusals(Drawing.model_validate(drawn))[0].sentence


def test_a_file_of_another_state_is_not_written_over(site: Path):
    document = SiteDocument(site)
    drawn = Drawing.model_validate(drawing(document))
    site.write_bytes(site.read_bytes() + b"# more\n")
    with pytest.raises(ChangedError, match="was changed"):
        document.save(drawn)
    assert site.read_bytes().endswith(b"# more\n")
    site.unlink()
    with pytest.raises(ChangedError, match="no longer there"):
        document.save(drawn)
    with pytest.raises(ChangedError):
        SiteDocument(site).refusals(drawn)


def test_rights_and_links_stay(site: Path):
    site.chmod(0o640)
    link = site.with_name("link.yaml")
    link.symlink_to(site.name)
    document = SiteDocument(link)
    drawn = drawing(document)
    del drawn["zones"][2]
    document.save(Drawing.model_validate(drawn))
    assert link.is_symlink()
    assert stat.S_IMODE(site.stat().st_mode) == 0o640
    assert "rug" not in site.read_text(encoding="utf-8")


def test_a_full_disk_changes_nothing(site: Path, monkeypatch: pytest.MonkeyPatch):
    document = SiteDocument(site)
    drawn = drawing(document)
    before = site.read_bytes()
    del drawn["zones"][2]

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("carebot.files.os.fsync", full)
    with pytest.raises(RecordsError, match=r"cannot be written \(No space left on device\)"):
        document.save(Drawing.model_validate(drawn))
    assert site.read_bytes() == before
    assert sorted(path.name for path in site.parent.iterdir() if "yaml." in path.name) == []


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("polygon: [[5.4, 5], [10, 5]", "polygon: [[5.4, a], [10, 5]", "line 18: rooms.2.polygon cannot be drawn"),
        ("at: [5.78, 6.6]", "at: here", "docks.0.at cannot be drawn"),
        ("zones:\n", "zones: 5\nold:\n", "zones must be a list"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_sentence(site: Path, before: str, after: str, sentence: str):
    text = site.read_text(encoding="utf-8")
    assert before in text
    site.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError, match=sentence):
        SiteDocument(site).read()


def run(site: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [CAREBOT, "map", "edit", str(site), "--no-browser", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "before", "after", "sentence"),
    [
        ("home.yaml", "map: home_map.yaml", "map: nowhere.yaml", "nowhere.yaml does not exist"),
        ("home.yaml", "map: home_map.yaml", "# no map", "there is no map: name one"),
        ("home_map.yaml", "resolution: 0.05", "resolution: 50", "resolution: a cell of a home's map has"),
        ("home_map.yaml", "image: home_map.png", "image: gone.png", "gone.png cannot be read"),
        ("home.yaml", "places:", "places: [", "is not valid YAML"),
    ],
)
def test_a_map_that_cannot_be_shown_ends_it_with_one_sentence(
    site: Path, file: str, before: str, after: str, sentence: str
):
    changed = site.with_name(file)
    changed.write_text(changed.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    done = run(site)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.startswith("carebot: ")
    assert done.stderr.count("\n") == 1
