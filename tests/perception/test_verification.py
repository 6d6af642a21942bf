from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from carebot.errors import ModelError
from carebot.perception import verification
from carebot.perception.registry import ModelFile
from carebot.perception.verification import sha256_of, verified

CONTENT = b"a model" * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


def model_file(path: Path, content: bytes | None = CONTENT, url: str | None = None) -> ModelFile:
    if content is not None:
        path.write_bytes(content)
    return ModelFile("model", path, HASH, url)


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b" ", b"b" + CONTENT[1:]])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelError, match="is refused: its sha256 is"):
        verified(model_file(tmp_path / "m.onnx", content))


@pytest.mark.parametrize(("url", "remedy"), [("https://example.org/m", "carebot models pull"), (None, "put it there")])
def test_a_missing_file_says_how_to_get_it(tmp_path: Path, url: str | None, remedy: str) -> None:
    with pytest.raises(ModelError, match=remedy):
        verified(model_file(tmp_path / "m.onnx", None, url))


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        verified(model_file(tmp_path / "m.onnx", None))


def test_the_right_file_is_let_through(tmp_path: Path) -> None:
    assert verified(model_file(tmp_path / "m.onnx")) == tmp_path / "m.onnx"


def test_a_file_that_changes_after_it_was_right_is_refused(tmp_path: Path) -> None:
    file = model_file(tmp_path / "m.onnx")
    verified(file)
    file.path.write_bytes(b"b" + CONTENT[1:])
    os.utime(file.path, ns=(0, 1))
    with pytest.raises(ModelError, match="is refused"):
        verified(file)


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    digest = verification._digest
    monkeypatch.setattr(verification, "_digest", lambda path: read.append(path) or digest(path))
    path = model_file(tmp_path / "m.onnx").path
    assert [sha256_of(path), sha256_of(path)] == [HASH, HASH]
    assert read == [path]
