from __future__ import annotations

from pathlib import Path

import pytest

from carebot.errors import ConfigError, ModelError
from carebot.perception.registry import load_registry, operators_registry, read_registries
from carebot.perception.verification import verified

HASH = "0123456789abcdef" * 4
ENTRY = f"""
[[model]]
name = "mine"
task = "pose"
family = "yolo_pose"
licence = "MIT"
description = "A model of the test."
[[model.file]]
file = "mine.onnx"
sha256 = "{HASH}"
input_size = [640, 480]
"""


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("wrong", "right", "named"),
    [
        ("speed = 9\nlicence", "licence", "speed"),
        ("[settings]\nx = 1\n[[model]]", "[[model]]", "settings"),
        ('colour = "red"\nsha256', "sha256", "colour"),
        ("", f'sha256 = "{HASH}"\n', "sha256"),
        (HASH[:-1], HASH, "sha256"),
        (HASH.upper(), HASH, "sha256"),
        ('licence = ["MIT"]', 'licence = "MIT"', "licence"),
        ("", 'licence = "MIT"\n', "licence"),
        ('task = "juggle"', 'task = "pose"', "task"),
        ('name = "../up"', 'name = "mine"', "name"),
        ("name = 3", 'name = "mine"', "name"),
        ('["640", 480]', "[640, 480]", "input_size"),
        ("[640.0, 480]", "[640, 480]", "input_size"),
        ("[640, 0]", "[640, 480]", "input_size"),
        ("[640]", "[640, 480]", "input_size"),
        ("", 'file = "mine.onnx"\n', "'file' nor 'url'"),
        ('detector = "nobody"\nlicence', "licence", "detector"),
        ('detector = "mine"\nlicence', "licence", "detector"),
        ('url = "https://example.org/"\nsha256', 'file = "mine.onnx"\nsha256', "file"),
        ('url = "https://example.org/a"\nfile = "../a"', 'file = "mine.onnx"', "file"),
        ('url = "https://example.org/.a"\nsha256', 'file = "mine.onnx"\nsha256', "file"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_key(tmp_path: Path, wrong: str, right: str, named: str) -> None:
    assert right in ENTRY
    path = written(tmp_path / "registry.toml", ENTRY.replace(right, wrong))
    with pytest.raises(ConfigError) as error:
        read_registries([path])
    assert str(error.value).startswith(str(path))
    assert named in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content", [b"[[model]\n", b"\xff\xfe", b"name name", b"a = " + b"[" * 3000, b"a = " + b"1" * 5000]
)
def test_what_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "registry.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"registry\.toml"):
        read_registries([tmp_path / "registry.toml"])


def test_a_name_or_a_role_given_twice_is_refused(tmp_path: Path) -> None:
    for twice in (ENTRY + ENTRY, ENTRY + ENTRY[ENTRY.index("[[model.file]]") :]):
        with pytest.raises(ConfigError, match="given twice"):
            read_registries([written(tmp_path / "registry.toml", twice)])


def test_a_registry_without_models_is_none() -> None:
    assert load_registry().entries


def test_an_entry_is_read(tmp_path: Path) -> None:
    entry = read_registries([written(tmp_path / "registry.toml", ENTRY)]).get("mine")
    assert (entry.task, entry.family, entry.licence) == ("pose", "yolo_pose", "MIT")
    file = entry.file("model")
    assert (file.path, file.sha256, file.url, file.input_size) == (tmp_path / "mine.onnx", HASH, None, (640, 480))
    with pytest.raises(ConfigError, match="no file with role 'detector'"):
        entry.file("detector")


def test_a_file_with_an_address_is_kept_in_the_data_folder(tmp_path: Path) -> None:
    text = ENTRY.replace('file = "mine.onnx"', 'url = "https://example.org/x/net.onnx?v=1"')
    file = read_registries([written(tmp_path / "registry.toml", text)]).get("mine").file("model")
    assert file.path == tmp_path / "carebot-data" / "models" / "mine" / "net.onnx"


def test_the_operators_registry_is_merged_and_wins() -> None:
    written(operators_registry(), ENTRY + ENTRY.replace('"mine"', '"blazepose"'))
    registry = load_registry()
    assert {"blazepose", "mine"} <= {entry.name for entry in registry.entries}
    assert registry.get("blazepose").licence == "MIT"
    assert registry.get("blazepose").registry == operators_registry()
    assert "mine" in [entry.name for entry in registry.for_task("pose")]
    assert registry.for_task("speech") == ()


@pytest.mark.parametrize(("to", "named"), [(None, "cannot be read"), (".", "cannot be read"), ("gone", "leads to a")])
def test_an_operators_registry_that_is_no_file_is_told(to: str | None, named: str) -> None:
    path = operators_registry()
    path.parent.mkdir(parents=True, exist_ok=True)
    if to is None:
        path.mkdir()
    else:
        path.symlink_to(path if to == "." else path.with_name(to))
    with pytest.raises(ConfigError, match=named) as refused:
        load_registry()
    assert str(path) in str(refused.value)


def test_a_detector_is_looked_up_by_name(tmp_path: Path) -> None:
    finder = ENTRY.replace('name = "mine"', 'name = "people"\ndetector = "mine"')
    registry = read_registries([written(tmp_path / "registry.toml", finder + ENTRY)])
    detector = registry.get("people").detector
    assert detector is not None
    assert detector.name == "mine"


def test_a_replaced_entry_keeps_no_detector_of_the_old_one(tmp_path: Path) -> None:
    people = ENTRY.replace('"mine"', '"people"')
    shipped = written(tmp_path / "shipped.toml", ENTRY.replace("licence", 'detector = "people"\nlicence') + people)
    own = written(tmp_path / "own.toml", ENTRY)
    assert read_registries([shipped]).get("mine").detector is not None
    assert read_registries([shipped, own]).get("mine").detector is None


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(ModelError, match="did you mean 'blazepose'"):
        load_registry().get("blazepos")
    with pytest.raises(ModelError, match=r"use one of .*blazepose"):
        load_registry().get("x")


def test_the_shipped_files_are_what_the_registry_says() -> None:
    for file in load_registry().get("blazepose").files:
        assert verified(file).is_file()


def test_a_model_for_speech_names_its_languages(tmp_path: Path) -> None:
    named = ENTRY.replace('licence = "MIT"', 'licence = "MIT"\nlanguages = ["ja", "en"]')
    assert read_registries([written(tmp_path / "registry.toml", named)]).get("mine").languages == ("ja", "en")
    with pytest.raises(ConfigError, match="languages"):
        read_registries([written(tmp_path / "wrong.toml", named.replace('"ja"', '"Japanese"'))])
