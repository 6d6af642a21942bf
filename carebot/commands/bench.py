"""`carebot bench`: what it costs, measured here and now."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure how fast carebot is on this machine.", no_args_is_help=True)

Video = Annotated[Path | None, typer.Argument(help="A video of a person; without it, a simulated resident walks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def perception(
    video: Video = None,
    as_json: AsJson = False,
    seconds: Annotated[float, typer.Option(min=2, help="How long pictures are sent to the node.")] = 20.0,
    fps: Annotated[float, typer.Option(min=1, max=60, help="Pictures a second that are sent to the node.")] = 15.0,
) -> None:
    """CPU time of each stage for a picture, and the delay from a picture on ROS to the people in it."""
    from carebot.benchmarks import end_to_end, stages
    from carebot.benchmarks.frames import read_frames

    with _video(video) as path:
        frames = read_frames(path, most=600)
        stage_report = stages.measure(frames)
        delay_report = end_to_end.measure(frames[:60], fps, seconds)
    height_px, width_px = frames[0].image.shape[:2]
    content = {
        "provider": stage_report.provider,
        "frames": stage_report.frames,
        "width_px": width_px,
        "height_px": height_px,
        "cpu_ms_per_frame": stage_report.cpu_ms_per_frame,
        "frames_per_s": stage_report.frames_per_s,
        "stage_ms": stage_report.stage_ms,
        "stage_runs_per_frame": stage_report.stage_runs_per_frame,
        "node": {**asdict(delay_report), "fps": fps},
    }
    if as_json:
        print(json.dumps(content))
        return
    print(f"{stage_report.frames} pictures of {width_px} × {height_px}, one thread, {stage_report.provider}")
    for name, spent_ms in stage_report.stage_ms.items():
        print(f"  {name:10} {spent_ms:6.2f} ms   ran {stage_report.stage_runs_per_frame[name]:.2f} times a picture")
    print(
        f"  {'all':10} {stage_report.cpu_ms_per_frame:6.2f} ms CPU: {stage_report.frames_per_s:.0f} pictures a second"
    )
    print(f"The node, at {fps:g} pictures a second: {delay_report.answered} of {delay_report.published} answered,")
    print(f"  picture to people: median {delay_report.median_ms:.1f} ms, p95 {delay_report.p95_ms:.1f} ms")
    print(f"  memory: {delay_report.memory_mb:.0f} MB")


@app.command()
def peers(
    video: Video = None,
    as_json: AsJson = False,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 3,
    venv: Annotated[Path, typer.Option(help="The virtual environment for MediaPipe.")] = Path(".venv-peers"),
) -> None:
    """carebot's perception beside MediaPipe 0.10.21 on the same pictures in the same run."""
    from carebot.benchmarks.peers import compare

    with _video(video) as path:
        report = compare(path, venv.absolute(), rounds, lambda line: typer.echo(line, err=True))
    if as_json:
        print(json.dumps(asdict(report)))
        return
    print(f"{report.frames} pictures, median of {report.rounds} rounds, CPU milliseconds a picture:")
    print(
        f"  carebot    {report.cpu_ms_per_frame:6.2f}   ({report.landmark_runs_per_frame:.2f} landmark runs a picture)"
    )
    print(f"  MediaPipe  {report.mediapipe_cpu_ms_per_frame:6.2f}")
    print(f"  ratio      {report.ratio:6.2f}")
    print(f"  joints apart by {100 * report.keypoint_difference:.1f} % of the body's height (median)")


@contextmanager
def _video(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    from carebot.benchmarks.frames import write_simulated_video

    with tempfile.TemporaryDirectory(prefix="carebot-bench-") as folder:
        path = Path(folder) / "walk.mp4"
        typer.echo("rendering a simulated resident who walks about", err=True)
        write_simulated_video(path, seconds=15.0)
        yield path
