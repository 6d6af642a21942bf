"""`carebot eval`: how well carebot does on recordings whose truth somebody knows."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from carebot.evaluation.labels import Labelled
    from carebot.evaluation.score import Score
    from carebot.evaluation.speech import SpeechScore
    from carebot.evaluation.watching import Outcome, Way

app = typer.Typer(help="Measure how well carebot does on labelled recordings.", no_args_is_help=True)


@app.command()
def falls(
    path: Annotated[Path, typer.Argument(help="A folder of videos and .npz keypoint sequences, or one of them.")],
    labels: Annotated[
        Path | None, typer.Option(help="A table (CSV): path, label (fall or adl), onset_s. Default: PATH/labels.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write report.html (a timeline each, worst first) and report.json here.")
    ] = None,
    crop: Annotated[str | None, typer.Option(help="Look only at this part of videos: X,Y,W,H in pixels.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Recordings watched at a time.")] = 1,
    model: Annotated[str, typer.Option(help="The pose model for videos, by its name in the registry.")] = "blazepose",
    device: Annotated[
        Literal["auto", "cpu", "cuda", "tensorrt", "openvino"], typer.Option(help="What the pose model runs on.")
    ] = "cpu",
    height_m: Annotated[float, typer.Option(min=0.05, max=5, help="The camera's height above the floor.")] = 1.1,
    pitch_deg: Annotated[float, typer.Option(min=-90, max=90, help="How far the camera looks down.")] = 0.0,
    roll_deg: Annotated[float, typer.Option(min=-180, max=180, help="How far it is turned clockwise.")] = 0.0,
    vertical_fov_deg: Annotated[float, typer.Option(min=5, max=170, help="Its opening angle, top to bottom.")] = 49.0,
) -> None:
    """Watch labelled recordings and say how many falls were found and how many activities were left in peace.

    An alarm counts when it was confirmed, or when a fall was suspected and still stood when the recording ended; the
    same rule finds falls and counts false alarms. Somebody found lying, with no fall seen, counts when confirmed. An
    alarm more than a second before onset_s is not that fall's; activities have no onset. A video that breaks off is
    watched as far as it goes, and is told to be incomplete.

    A keypoint sequence (.npz) holds `keypoints` (T, J, 2 or 3: x, y and perhaps a confidence, 0..1 of the picture's
    width and height; 0, 0 is missing), `joints` (J names such as left_hip), `fps`, and `aspect` (width / height).

    Exit code 0: all were watched; 1: some could not be; 2: there are no recordings or labels that can be used.
    """
    from carebot.evaluation.labels import read_labels
    from carebot.evaluation.report import write_report
    from carebot.evaluation.score import Score, as_dict
    from carebot.evaluation.watching import Way
    from carebot.geometry import CameraMounting
    from carebot.perception.registry import load_registry
    from carebot.printable import in_utf8
    from carebot.report_files import REPORT_PAGE, check_report_folder
    from carebot.watch.cropping import parse_part

    labelled, part = read_labels(path, labels), parse_part(crop)
    load_registry().get(model)
    if report is not None:
        check_report_folder(report)
    mounting = CameraMounting(height_m, *(math.radians(angle) for angle in (pitch_deg, roll_deg, vertical_fov_deg)))
    way = Way(model=model, device=device, crop=part, mounting=mounting, draw=report is not None)
    outcomes = _watch(labelled, way, jobs)
    score = Score(tuple(each.judged for each in outcomes))
    if as_json:
        print(json.dumps(as_dict(score, labelled.unlabelled), ensure_ascii=False))
    else:
        _print(score, labelled)
    for each in score.broken:
        print(f"carebot: {each.problem}", file=sys.stderr)
    if report is not None:
        sys.stdout.flush()  # the results are out, whatever becomes of the report
        write_report(report, score, {each.judged.path: each.plot for each in outcomes}, labelled.unlabelled)
        if not as_json:
            print(in_utf8(str(report / REPORT_PAGE)))
    if score.broken:
        raise typer.Exit(1)


@app.command()
def speech(
    folder: Annotated[Path, typer.Argument(help="A folder of recordings (WAV, FLAC).")],
    transcripts: Annotated[
        Path | None, typer.Option(help="A table (CSV): path, text, language. Default: FOLDER/transcripts.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    model: Annotated[str | None, typer.Option(help="The speech model, by its name in the registry.")] = None,
    end_silence_s: Annotated[float, typer.Option(min=0.2, max=5, help="The silence that ends a turn.")] = 0.7,
) -> None:
    """Hear recordings whose words are known: word errors (character errors in Japanese), speed, false voice.

    An empty text says that nobody speaks: what is heard there is false voice. Both texts are compared without capitals,
    punctuation and accents, with short forms written out.

    Exit code 0: all were heard; 1: some could not be; 2: the table cannot be used.
    """
    from carebot.conversation.hearing.turns import TurnSettings
    from carebot.evaluation.speech import hear_all, read_transcripts
    from carebot.printable import in_utf8
    from carebot.speech_models import load_recogniser

    listed = read_transcripts(folder, transcripts)
    score = hear_all(
        listed, lambda language: load_recogniser(language, model), TurnSettings(end_silence_s=end_silence_s)
    )
    if as_json:
        print(json.dumps(score.as_content(), ensure_ascii=False))
    else:
        _print_speech(score)
    for each in score.broken:
        path = in_utf8(str(each.transcript.path))
        print(f"carebot: {each.problem if path in each.problem else f'{path}: {each.problem}'}", file=sys.stderr)
    if score.broken:
        raise typer.Exit(1)


def _print_speech(score: SpeechScore) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from carebot.evaluation.speech_errors import unit_of

    table = Table("recording", "language", "said", "heard", "errors", "× real time")
    for each in score.heard:
        rate = "–" if each.problem else f"{100 * each.errors.rate:.0f} %"
        factor = f"{each.real_time_factor:.2f}"
        cells = (each.transcript.path.name, each.transcript.language, each.transcript.text, each.problem or each.text)
        table.add_row(*(Text(cell, overflow="fold") for cell in cells), rate, factor)
    Console().print(table)
    for language in score.languages:
        errors = score.errors(language)
        print(
            f"{language}: {unit_of(language)} error rate {100 * errors.rate:.1f} % of {errors.units} "
            f"({errors.replaced} replaced, {errors.left_out} left out, {errors.added} added)"
        )
    print(f"real-time factor {score.real_time_factor:.2f}")
    if score.false_voice_per_hour is not None:
        print(f"false voice {score.false_voice_per_hour:.1f} an hour in {score.silent_hours:.3f} silent hours")


def _watch(labelled: Labelled, way: Way, jobs: int) -> list[Outcome]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from carebot.evaluation.watching import watch_all

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("recordings", total=len(labelled.recordings))
        return watch_all(labelled.recordings, way, jobs, lambda _: bar.advance(task))


def _print(score: Score, labelled: Labelled) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from carebot.evaluation.judgement import DEFINITION
    from carebot.evaluation.report import summary

    table = Table("recording", "label", "verdict", "why")
    for each in score.worst_first():
        verdict = Text(each.verdict, style="" if each.is_right else "bold red")
        table.add_row(Text(each.path, overflow="fold"), each.label, verdict, Text(each.why))
    Console().print(table)
    for name, figure, interval in summary(score):
        print(f"{name:35} {figure}{f' (95 %: {interval})' if interval else ''}")
    print(DEFINITION)
    if score.incomplete:
        names = ", ".join(each.path for each in score.incomplete)
        print(f"incomplete, so watched only as far as they could be read: {names}")
    if labelled.unlabelled:
        names = ", ".join(labelled.unlabelled)
        print(f"{len(labelled.unlabelled)} files have no label and were not watched: {names}")
