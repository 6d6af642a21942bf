"""`carebot map show`: a site's map as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from carebot.cli import app
from carebot.errors import ConfigError
from carebot.resources import share_dir

MAP = share_dir() / "sim" / "sites" / "home_map.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    content = {
        "name": "山田家",
        "map": str(MAP),
        "rooms": [{"name": "living_room", "polygon": [[0, 0], [2, 0], [2, 2]]}],
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def show(site: Path, out: str) -> Result:
    return CliRunner().invoke(app, ["map", "show", str(site), "--out", out])


def test_a_home_with_a_japanese_name_is_drawn(site: Path, tmp_path: Path):
    result = show(site, str(tmp_path / "home.png"))
    assert (result.exit_code, result.stderr) == (0, ""), result.exception
    assert (tmp_path / "home.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["", "home.pdf", "home", "folder.png", "gone/home.png"])
def test_only_a_png_is_written_and_where_it_was_asked_for(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.iterdir())
    result = show(site, name)
    assert isinstance(result.exception, ConfigError)
    assert "name a .png file in a folder that exists" in str(result.exception)
    assert sorted(tmp_path.iterdir()) == before
