from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.watch.annotated_video import AnnotatedVideo
from carebot.watch.outputs import Outputs
from carebot.watch.plot import CoursePlot
from tests.watch.figures import FPS, seen


def outputs(
    events: Path | None = None, annotated: Path | None = None, plot: Path | None = None, show_pixels: bool = False
) -> Outputs:
    return Outputs("a title", FPS, events, annotated, plot, show_pixels)


def pictures(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    result = []
    while (read := capture.read())[0]:
        result.append(read[1])
    capture.release()
    return result


def test_all_three_are_complete(tmp_path: Path) -> None:
    paths = tmp_path / "e.jsonl", tmp_path / "a.mp4", tmp_path / "p.png"
    with outputs(*paths) as out:
        for each in seen():
            out.write(each)
    lines = [json.loads(line) for line in paths[0].read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["suspected", "confirmed"]
    assert len(pictures(paths[1])) == int(8 * FPS)
    plot = cv2.imread(str(paths[2]))
    assert plot is not None
    assert plot.std() > 10


def test_they_are_complete_also_where_something_else_failed_in_the_middle(tmp_path: Path) -> None:
    paths = tmp_path / "e.jsonl", tmp_path / "a.mp4", tmp_path / "p.png"

    def fail() -> None:
        with outputs(*paths) as out:
            for number, each in enumerate(seen()):
                out.write(each)
                if number == 60:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert len(paths[0].read_text(encoding="utf-8").splitlines()) == 1
    assert len(pictures(paths[1])) == 61
    assert cv2.imread(str(paths[2])) is not None


def test_an_event_is_in_the_file_as_soon_as_it_happened(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    with outputs(events=path) as out:
        for each in seen():
            out.write(each)
            if each.events:
                assert path.read_text(encoding="utf-8").endswith("}\n")


def test_the_background_is_black_unless_pixels_are_asked_for(tmp_path: Path) -> None:
    for show_pixels in (False, True):
        path = tmp_path / f"{show_pixels}.mp4"
        with outputs(annotated=path, show_pixels=show_pixels) as out:
            for each in seen(1.0):
                out.write(each)
                assert (each.frame.image == (200, 30, 30)).all(), "the frame itself is not drawn on"
        corner = pictures(path)[-1][-40:, -40:]
        if show_pixels:
            assert np.abs(corner.astype(int) - (200, 30, 30)).max() < 12
        else:
            assert corner.max() < 12


def test_the_skeleton_changes_its_colour_and_the_alarm_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with outputs(annotated=path) as out:
        for each in seen():
            out.write(each)
    film = pictures(path)
    standing, lying = film[20].astype(int), film[-1].astype(int)
    red = (lying[..., 2] > 180) & (lying[..., 0] < 120) & (lying[..., 1] < 120)
    assert red.sum() > 200
    assert not ((standing[..., 2] > 180) & (standing[..., 0] < 120) & (standing[..., 1] < 120)).any()


@pytest.mark.parametrize("size", [(101, 77), (16, 16), (640, 48)])
def test_odd_and_small_sizes_make_a_video(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.mp4"
    with outputs(annotated=path) as out:
        for each in seen(1.0, size):
            out.write(each)
    assert len(pictures(path)) == 12


def test_pictures_of_several_sizes_are_all_in_the_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with AnnotatedVideo(path, FPS, show_pixels=True) as video:
        for size in ((320, 240), (200, 200), (640, 480)):
            video.write(next(seen(1.0, size)))
    assert [picture.shape for picture in pictures(path)] == [(240, 320, 3)] * 3


def test_nothing_wanted_writes_nothing(tmp_path: Path) -> None:
    with outputs() as out:
        for each in seen(0.5):
            out.write(each)
    assert list(tmp_path.iterdir()) == []


def test_a_plot_of_nobody_is_a_plot(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    CoursePlot("nobody").save(path)
    assert cv2.imread(str(path)) is not None


@pytest.mark.parametrize(
    ("which", "name"),
    [
        ("events", "nowhere/e.jsonl"),
        ("annotated", "nowhere/a.mp4"),
        ("plot", "nowhere/p.png"),
        ("events", "."),
        ("annotated", "a.xyz"),
        ("plot", "p.doc"),
        ("plot", "p"),
    ],
)
def test_what_cannot_be_written_in_the_end_is_refused_at_the_start(tmp_path: Path, which: str, name: str) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path)):
        outputs(**{which: tmp_path / name})


def test_a_full_disk_is_said_in_a_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    def watch() -> None:
        with outputs(events=Path("/dev/full")) as out:
            for each in seen():
                out.write(each)

    with pytest.raises(RecordsError, match=r"/dev/full cannot be written .*room"):
        watch()


def test_a_plot_that_cannot_be_saved_does_not_keep_the_video_from_its_end(tmp_path: Path) -> None:
    video, plot = tmp_path / "a.mp4", tmp_path / "p.png"
    plot.symlink_to(tmp_path / "gone" / "p.png")

    def watch() -> None:
        with outputs(annotated=video, plot=plot) as out:
            for each in seen(1.0):
                out.write(each)

    with pytest.raises(RecordsError, match=r"p\.png"):
        watch()
    assert len(pictures(video)) == 12
