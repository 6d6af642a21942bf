"""`carebot models`, as a person or a script calls it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carebot.cli import main
from carebot.perception.registry import operators_registry
from tests.perception.file_server import Behaviour, serving
from tests.perception.graphs import constants

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `carebot models ARGUMENTS`: exit code, what was printed, and the complaints."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carebot", "models", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    return constants(tmp_path / "net.onnx", (1, 3, 8, 8), {"y": np.ones((1, 2), np.float32)})


def register(key: str, value: str, content: bytes, name: str = "mine") -> Path:
    """The operator's registry with one model, and where its file belongs."""
    registry = operators_registry()
    registry.parent.mkdir(parents=True, exist_ok=True)
    registry.write_text(
        f'[[model]]\nname = "{name}"\ntask = "pose"\nfamily = "yolo_pose"\nlicence = "MIT"\n'
        'description = "[b]Mine[/b]"\n'
        f'[[model.file]]\n{key} = "{value}"\nsha256 = "{sha256(content).hexdigest()}"\n'
    )
    return registry.parent / name / "model.onnx"


def one_sentence(complaint: str) -> str:
    assert "Traceback" not in complaint
    assert complaint.startswith("carebot: ")
    assert complaint.count("\n") == 1
    return complaint


def test_a_broken_registry_is_bad_input(models: Run) -> None:
    register("speed", "9", b"")
    for arguments in (["list"], ["verify"], ["bench"], ["pull", "mine"]):
        code, out, complaint = models(*arguments)
        assert (code, out) == (2, "")
        assert "speed" in one_sentence(complaint)


@pytest.mark.parametrize("command", ["verify", "pull", "bench"])
def test_an_unknown_model_is_bad_input(models: Run, command: str) -> None:
    code, _, complaint = models(command, "blazepos", "--json")
    assert code == 2
    assert "did you mean 'blazepose'" in one_sentence(complaint)


@pytest.mark.parametrize(
    "arguments", [["bench", "--device", "gpu"], ["bench", "--threads", "0"], ["bench", "--threads", "9" * 11]]
)
def test_an_impossible_option_is_bad_input(models: Run, arguments: list[str]) -> None:
    code, _, complaint = models(*arguments)
    assert code == 2
    one_sentence(complaint)


def test_list_shows_what_is_here_and_what_is_not(models: Run) -> None:
    register("url", "https://example.org/model.onnx", b"")
    code, out, _ = models("list", "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert code == 0
    assert [file["state"] for file in listed["blazepose"]["files"]] == ["here", "here"]
    assert listed["mine"]["files"][0]["state"] == "not pulled"
    assert listed["mine"]["registry"] == str(operators_registry())
    code, out, _ = models("list")
    assert code == 0
    assert "not pulled" in out
    assert "mine: [b]Mine[/b]" in out


def test_verify_lets_the_shipped_model_through(models: Run) -> None:
    code, out, _ = models("verify", "--json")
    assert code == 0
    assert {check["state"] for check in json.loads(out)} == {"right"}
    assert models("verify", "blazepose")[0] == 0


def test_verify_fails_for_a_wrong_file(models: Run, onnx_file: Path) -> None:
    register("file", str(onnx_file), b"something else")
    code, out, _ = models("verify", "mine", "--json")
    (check,) = json.loads(out)
    assert (code, check["state"]) == (1, "wrong")
    assert str(onnx_file) in check["fault"]
    code, out, _ = models("verify")
    assert code == 1
    assert f"{onnx_file} is refused" in out


def test_verify_fails_for_a_missing_file(models: Run) -> None:
    register("file", "nothing.onnx", b"")
    code, out, _ = models("verify", "--json")
    assert code == 1
    assert [check["state"] for check in json.loads(out) if check["model"] == "mine"] == ["missing"]


def test_a_model_not_yet_pulled_is_a_fault_only_when_asked_for(models: Run) -> None:
    register("url", "https://example.org/model.onnx", b"")
    assert models("verify")[0] == 0
    code, out, _ = models("verify", "mine", "--json")
    assert code == 1
    assert "carebot models pull" in json.loads(out)[0]["fault"]
    assert "mine" not in models("bench", "--runs", "1", "--json")[1]
    assert models("bench", "mine")[0] == 2


def test_pull_fetches_once_and_then_says_it_is_here(models: Run, onnx_file: Path) -> None:
    content = onnx_file.read_bytes()
    with serving(Behaviour(content)) as url:
        target = register("url", url, content)
        code, out, _ = models("pull", "mine", "--json")
        (pulled,) = json.loads(out)
        assert (code, pulled["fetched"], pulled["bytes"]) == (0, True, len(content))
        assert target.read_bytes() == content
        code, out, _ = models("pull", "mine")
    assert code == 0
    assert f"{target} is here already" in out
    assert models("verify", "mine")[0] == 0


@pytest.mark.parametrize("how", [{"status": 404}, {"cuts": [10, 0, 0, 0]}, {"content": b"wrong"}])
def test_a_pull_that_fails_ends_with_1_and_a_sentence(models: Run, onnx_file: Path, how: dict[str, Any]) -> None:
    content = onnx_file.read_bytes()
    with serving(Behaviour(**{"content": content, **how})) as url:
        target = register("url", url, content)
        code, out, complaint = models("pull", "mine", "--json")
    assert (code, out) == (1, "")
    assert "carebot: " in complaint
    assert "Traceback" not in complaint
    assert not target.exists()


def test_pull_of_a_model_without_an_address_says_so(models: Run) -> None:
    register("file", "nothing.onnx", b"")
    code, _, complaint = models("pull", "mine")
    assert code == 1
    assert "no url" in complaint


def test_bench_says_what_ran_and_how_long(models: Run, onnx_file: Path) -> None:
    register("file", str(onnx_file), onnx_file.read_bytes())
    code, out, _ = models("bench", "mine", "--runs", "3", "--device", "cpu", "--json")
    (row,) = json.loads(out)
    assert code == 0
    assert (row["model"], row["provider"], row["fallback_reason"], row["runs"]) == (
        "mine",
        "CPUExecutionProvider",
        None,
        3,
    )
    assert row["cpu_ms"] >= 0
    assert row["wall_ms"] > 0


def test_bench_shows_the_reason_of_a_fall_back(models: Run) -> None:
    code, out, _ = models("bench", "blazepose", "--runs", "1", "--device", "tensorrt")
    assert code == 0
    assert "TensorrtExecutionProvider" in out or "TensorRT did not start" in out


def test_bench_refuses_a_wrong_file_and_one_that_is_no_model(models: Run, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no model")
    register("file", str(tmp_path / "net.onnx"), b"something else")
    code, _, complaint = models("bench", "mine")
    assert code == 2
    assert "is refused" in one_sentence(complaint)
    register("file", str(tmp_path / "net.onnx"), b"no model")
    code, _, complaint = models("bench", "mine")
    assert code == 2
    assert "cannot be used as a model" in one_sentence(complaint)
