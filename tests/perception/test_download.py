from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carebot.errors import PullError
from carebot.perception import download
from carebot.perception.download import pull
from carebot.perception.registry import ModelFile
from tests.perception.file_server import Behaviour, serving

CONTENT = np.random.default_rng(0).bytes(300_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "net" / "model.onnx"


def model_file(target: Path, url: str | None) -> ModelFile:
    return ModelFile("model", target, HASH, url)


def fails(file: ModelFile, **more: Any) -> str:
    """The sentence that pulling `file` ends with; nothing may lie under the real name."""
    with pytest.raises(PullError) as error:
        pull(file, **more)
    assert not file.path.exists()
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def leftovers(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()} - {".pull.lock"}


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_an_answer_without_the_file_is_one_sentence(target: Path, status: int) -> None:
    with serving(Behaviour(CONTENT, status=status)) as url:
        text = fails(model_file(target, url))
    assert url in text
    assert str(status) in text


def test_nobody_at_the_address(target: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert "cannot be reached" in fails(model_file(target, f"http://127.0.0.1:{unused.getsockname()[1]}/m"))


def test_a_server_that_hangs_up_at_once(target: Path) -> None:
    with serving(Behaviour(CONTENT, hang_up=True)) as url:
        assert "hung up" in fails(model_file(target, url))


def test_a_server_that_falls_silent_keeps_what_came(target: Path) -> None:
    with serving(Behaviour(CONTENT, stall=True)) as url:
        text = fails(model_file(target, url), timeout_s=0.2)
    assert "nothing came any more" in text
    assert "pull again to go on" in text
    assert leftovers(target) == {"model.onnx.part", "model.onnx.part.version"}


def test_a_wrong_file_is_thrown_away(target: Path) -> None:
    with serving(Behaviour(CONTENT[::-1])) as url:
        text = fails(model_file(target, url))
    assert HASH in text
    assert hashlib.sha256(CONTENT[::-1]).hexdigest() in text
    assert leftovers(target) == set()


@pytest.mark.parametrize("claimed_more", [-1000, -299_999])
def test_a_length_that_is_too_short_gives_a_wrong_file(target: Path, claimed_more: int) -> None:
    with serving(Behaviour(CONTENT, claimed_more=claimed_more)) as url:
        assert "thrown away" in fails(model_file(target, url))


def test_a_length_that_is_too_long_is_a_cut_without_ranges(target: Path) -> None:
    with serving(Behaviour(CONTENT, claimed_more=1000, ranges=False)) as url:
        assert "the connection was cut, 300000 bytes are here" in fails(model_file(target, url))


def test_a_length_that_is_too_long_does_no_harm_with_ranges(target: Path) -> None:
    with serving(Behaviour(CONTENT, claimed_more=1000)) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT


def test_a_length_beyond_the_disk_is_refused_before_anything_is_written(target: Path) -> None:
    with serving(Behaviour(CONTENT, claimed_more=1 << 60)) as url:
        assert "does not fit" in fails(model_file(target, url))
    assert leftovers(target) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_fills_up_is_one_sentence_and_gets_its_room_back(target: Path) -> None:
    target.parent.mkdir(parents=True)
    (target.parent / "model.onnx.part").symlink_to("/dev/full")
    with serving(Behaviour(CONTENT, length=False)) as url:
        text = fails(model_file(target, url))
    assert str(target) in text
    assert "make room" in text
    assert leftovers(target) == set()


def test_the_records_keep_their_room(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "KEPT_FREE_BYTES", 1 << 60)
    with serving(Behaviour(CONTENT, length=False)) as url:
        assert "does not fit" in fails(model_file(target, url))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    with serving(Behaviour(CONTENT)) as url, pytest.raises(PullError, match="cannot be written"):
        pull(model_file(tmp_path / "models" / "net" / "model.onnx", url))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/m",
        "http://127.0.0.1.example.org/m",
        "ftp://localhost/m",
        "m.onnx",
        "",
        "https:/[",
        "data:,x",
        "file:///models/net%00.onnx",
    ],
)
def test_only_safe_addresses_are_asked(target: Path, url: str) -> None:
    assert "use https" in fails(model_file(target, url))


def test_a_model_without_an_address_is_not_pulled(target: Path) -> None:
    assert "no url" in fails(model_file(target, None))


@pytest.mark.parametrize("to", ["http://example.org/m", "file:///etc/hostname", "ftp://localhost/m"])
def test_a_redirect_to_a_less_safe_address_is_not_followed(target: Path, to: str) -> None:
    with serving(Behaviour(CONTENT, redirect=to)) as url:
        text = fails(model_file(target, url))
    assert ("is not given" if to.startswith("file:") else "not https") in text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_this_machine_is_followed(target: Path, status: int) -> None:
    with serving(Behaviour(CONTENT, redirect="/elsewhere", status=status)) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT


def test_a_redirect_in_a_circle_ends(target: Path) -> None:
    with serving(Behaviour(CONTENT, redirect="/model.onnx")) as url:
        fails(model_file(target, url))


@pytest.mark.parametrize("how", [{}, {"chunked": True}, {"length": False}, {"ranges": False}, {"etag": None}])
def test_the_file_comes_whole_and_alone(target: Path, how: dict[str, Any]) -> None:
    seen: list[tuple[int, int | None]] = []
    with serving(Behaviour(CONTENT, **how)) as url:
        assert pull(model_file(target, url), lambda here, total: seen.append((here, total)))
    assert target.read_bytes() == CONTENT
    assert leftovers(target) == {"model.onnx"}
    assert seen[-1] == (300_000, 300_000 if how in ({}, {"ranges": False}, {"etag": None}) else None)
    assert [here for here, _ in seen] == sorted(here for here, _ in seen)


def test_a_file_address_is_copied(target: Path, tmp_path: Path) -> None:
    (tmp_path / "source.onnx").write_bytes(CONTENT)
    assert pull(model_file(target, (tmp_path / "source.onnx").as_uri()))
    assert target.read_bytes() == CONTENT
    assert "cannot be reached" in fails(model_file(target.with_name("other"), (tmp_path / "nothing").as_uri()))


def test_a_proxy_is_not_asked_for_this_machine(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(Behaviour(CONTENT)) as url:
        assert pull(model_file(target, url))


@pytest.mark.parametrize("how", [{}, {"etag": None, "modified": "Sun, 01 Nov 2026 10:00:00 GMT"}, {"etag": None}])
def test_a_cut_is_taken_up_where_it_was(target: Path, how: dict[str, Any]) -> None:
    server = Behaviour(CONTENT, cuts=[100_000, 0, 50_000], **how)
    with serving(server) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT
    assert [asked.get("range") for asked in server.asked] == [None, "bytes=100000-", "bytes=100000-", "bytes=150000-"]
    version = server.etag or server.modified
    assert [asked.get("if-range") for asked in server.asked] == [None, version, version, version]


def test_a_weak_mark_is_not_trusted_to_go_on(target: Path) -> None:
    server = Behaviour(CONTENT, cuts=[1000], etag='W/"one"')
    with serving(server) as url:
        assert pull(model_file(target, url))
    assert "if-range" not in server.asked[1]


@pytest.mark.parametrize("how", [{"chunked": True}, {"ranges": False}])
def test_a_cut_is_overcome_without_lengths_or_ranges(target: Path, how: dict[str, Any]) -> None:
    with serving(Behaviour(CONTENT, cuts=[100_000], **how)) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT


def test_a_connection_that_brings_nothing_any_more_is_given_up_and_resumed_by_the_next_pull(target: Path) -> None:
    server = Behaviour(CONTENT, cuts=[100_000, 0, 0, 0])
    with serving(server) as url:
        text = fails(model_file(target, url))
        assert "100000 bytes are here" in text
        assert pull(model_file(target, url))
    assert server.asked[-1]["range"] == "bytes=100000-"
    assert target.read_bytes() == CONTENT


def test_shorter_and_shorter_answers_without_ranges_end(target: Path) -> None:
    with serving(Behaviour(CONTENT, cuts=[1000, 500, 900, 400], ranges=False)) as url:
        assert "pull again" in fails(model_file(target, url))


def test_a_file_that_changed_meanwhile_is_fetched_anew(target: Path) -> None:
    server = Behaviour(CONTENT[::-1], cuts=[100_000, 0, 0, 0])
    with serving(server) as url:
        fails(model_file(target, url))
        server.content, server.etag = CONTENT, '"two"'
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT


def test_a_file_that_changed_unnoticed_is_fetched_once_more(target: Path) -> None:
    server = Behaviour(CONTENT[::-1], cuts=[100_000, 0, 0, 0], etag=None)
    with serving(server) as url:
        fails(model_file(target, url))
        server.content = CONTENT
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT
    assert "range" not in server.asked[-1]


def test_another_range_than_asked_for_is_not_taken(target: Path) -> None:
    with serving(Behaviour(CONTENT, cuts=[1000], wrong_range=True)) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("already", [CONTENT, CONTENT + b"too long", CONTENT[:5] + b"wrong"])
def test_whatever_an_earlier_pull_left_ends_in_the_right_file(target: Path, already: bytes) -> None:
    target.parent.mkdir(parents=True)
    (target.parent / "model.onnx.part").write_bytes(already)
    with serving(Behaviour(CONTENT)) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT
    assert leftovers(target) == {"model.onnx"}


def test_a_longer_leftover_is_cut_to_what_the_server_has(target: Path) -> None:
    target.parent.mkdir(parents=True)
    (target.parent / "model.onnx.part").write_bytes(CONTENT + b"more")
    server = Behaviour(CONTENT, ranges=False)
    with serving(server) as url:
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_what_is_right_already_is_not_fetched(target: Path) -> None:
    server = Behaviour(CONTENT)
    with serving(server) as url:
        file = model_file(target, url)
        assert [pull(file), pull(file)] == [True, False]
    assert len(server.asked) == 1


def test_a_wrong_file_in_its_place_is_only_replaced_by_the_right_one(target: Path) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(b"an older version")
    with serving(Behaviour(CONTENT[::-1])) as url, pytest.raises(PullError):
        pull(model_file(target, url))
    assert target.read_bytes() == b"an older version"
    with serving(Behaviour(CONTENT)) as url:
        assert pull(replace(model_file(target, None), url=url))
    assert target.read_bytes() == CONTENT


def test_two_pulls_of_one_file_do_not_mix(target: Path) -> None:
    target.parent.mkdir(parents=True)
    with (target.parent / ".pull.lock").open("w") as lock, serving(Behaviour(CONTENT)) as url:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another carebot" in fails(model_file(target, url))


def test_a_pull_that_is_killed_leaves_only_what_the_next_goes_on_from(target: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from carebot.perception.download import pull\n"
        "from carebot.perception.registry import ModelFile\n"
        "shown = lambda here, total: print(here, flush=True)\n"
        "pull(ModelFile('model', Path(sys.argv[1]), sys.argv[2], sys.argv[3]), shown)"
    )
    server = Behaviour(CONTENT, stall=True)
    with serving(server) as url:
        command = [sys.executable, "-c", script, str(target), HASH, url]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            while int(process.stdout.readline()) < len(CONTENT) // 2:
                pass
            os.kill(process.pid, signal.SIGKILL)
        assert leftovers(target) == {"model.onnx.part", "model.onnx.part.version"}
        server.stall = False
        assert pull(model_file(target, url))
    assert target.read_bytes() == CONTENT
    assert int(server.asked[-1]["range"].removeprefix("bytes=").removesuffix("-")) > 0
