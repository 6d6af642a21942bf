"""`carebot sim list | show | run | batch | film | replay`: scenarios, one by one and in hundreds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from carebot.commands.sim_fault import fault

if TYPE_CHECKING:
    from carebot.simulation.runner import Onlooking, Result
    from carebot.simulation.tally import Report

EyesOption = Annotated[
    Literal["onnx", "keypoints"],
    typer.Option(help="onnx: the real models on rendered pictures; keypoints: joints that err as measured, faster."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A shipped scenario (`carebot sim list`), or a .yaml file.")]
Seed = Annotated[int, typer.Option(min=0, help="Where chance starts; the same seed gives the same events.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to `carebot sim`."""
    app.command("list")(list_scenarios)
    for command in (show, run, batch, film, replay, fault):
        app.command()(command)


def list_scenarios(as_json: AsJson = False) -> None:
    """All scenarios that carebot ships."""
    from carebot.simulation.scenario import load_scenario, scenario_names

    scenarios = {name: load_scenario(name) for name in scenario_names()}
    if as_json:
        print(json.dumps([{"name": name, "description": each.description} for name, each in scenarios.items()]))
        return
    width = max(map(len, scenarios))
    for name, each in scenarios.items():
        print(f"{name:{width}}  {each.description}")


def show(name: Name) -> None:
    """The file of a scenario."""
    from carebot.simulation.scenario import load_scenario, scenario_path

    load_scenario(name)
    print(scenario_path(name).read_text(encoding="utf-8"), end="")


def run(
    name: Name,
    seed: Seed = 0,
    eyes: EyesOption = "keypoints",
    as_json: AsJson = False,
    film: Annotated[Path | None, typer.Option(help="Film it as well, into this mp4 file.")] = None,
    record: Annotated[
        Path | None, typer.Option(help="Record it as ROS 2 messages into this mcap file; pictures with --eyes onnx.")
    ] = None,
    view: Annotated[bool, typer.Option("--view", help="Show it in MuJoCo's window, in real time.")] = False,
) -> None:
    """Play one scenario; ends with 1 where an expectation is not met."""
    from carebot.simulation.report import result_json
    from carebot.simulation.runner import run_scenario

    if film is not None:
        _shoot(name, seed, eyes, film)
    with _onlookers(name, record, view) as onlookers, _spinner(f"playing {name}, seed {seed}, eyes {eyes}"):
        result = run_scenario(name, seed, eyes, onlookers)
    if as_json:
        print(json.dumps(result_json(result)))
    else:
        _print_result(result)
    if not result.met:
        raise typer.Exit(1)


@contextmanager
def _onlookers(name: str, record: Path | None, view: bool) -> Iterator[list[Onlooking]]:
    """Who else is told of each moment: a recorder, a window."""
    with ExitStack() as stack:
        onlookers: list[Onlooking] = []
        if view:
            from carebot.simulation.viewer import Viewer

            onlookers.append(stack.enter_context(Viewer()).show)
        if record is not None:
            from carebot.simulation.recording import Recorder

            recorder = stack.enter_context(Recorder(record, name, time.time_ns()))
            onlookers.append(recorder.add)
        yield onlookers


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An mcap file that `carebot sim run --record` wrote.")],
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace.")] = "carebot_sim",
) -> None:
    """Feed a recording to the nodes of `carebot up replay` again, and print what they say of falls."""
    from carebot.bringup.environment import stay_on_this_machine

    stay_on_this_machine()
    from carebot.ros.replay import replay as play_again

    play_again(file, robot, lambda time_s, line: print(f"{time_s:7.2f} s  {line}", flush=True))


def batch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Scenarios; without any, all.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many seeds of each.")] = 5,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="How many processes at a time.")] = 1,
    first_seed: Annotated[int, typer.Option(min=0, help="The first seed; the others follow it.")] = 0,
    eyes: EyesOption = "keypoints",
    report: Annotated[Path | None, typer.Option(help="Write report.json and report.html into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play many runs and report; ends with 1 where a run broke an expectation."""
    from carebot.printable import in_utf8
    from carebot.report_files import REPORT_PAGE, check_report_folder
    from carebot.simulation.batch import cases_of, run_batch
    from carebot.simulation.report import as_json as report_json
    from carebot.simulation.report import write_report
    from carebot.simulation.scenario import scenario_names
    from carebot.simulation.tally import tally

    cases = cases_of(names or scenario_names(), count, first_seed, eyes)
    if report is not None:
        check_report_folder(report)
    with _progress("runs", len(cases)) as advance:
        results = run_batch(cases, jobs, lambda _: advance(1.0))
    counted = tally(results)
    if as_json:
        print(json.dumps(report_json(counted, results)))
    else:
        _print_report(counted)
    if report is not None:
        sys.stdout.flush()  # the results are out, whatever becomes of the report
        write_report(report, counted, results)
        if not as_json:
            print(f"  {in_utf8(str(report / REPORT_PAGE))}")
    if counted.failures:
        raise typer.Exit(1)


def film(
    name: Name,
    out: Annotated[Path, typer.Option(help="The video to write, an mp4 file.")],
    seed: Seed = 0,
    eyes: EyesOption = "onnx",
) -> None:
    """Film a scenario: an onlooker's view and the robot's camera side by side, with skeleton and alert state."""
    _shoot(name, seed, eyes, out)
    print(out)


def _shoot(name: str, seed: int, eyes: Literal["onnx", "keypoints"], out: Path) -> None:
    from carebot.simulation.film import film as shoot

    with _progress(f"filming {name}, simulated seconds", None) as advance:
        last_s = 0.0

        def on_time(now_s: float) -> None:
            nonlocal last_s
            advance(now_s - last_s)
            last_s = now_s

        shoot(name, seed, eyes, out, on_time)


def _print_result(result: Result) -> None:
    print(f"{result.scenario}, seed {result.seed}, eyes {result.eyes}: {result.duration_s:.1f} simulated seconds")
    for time_s, line in sorted(_story(result)):
        print(f"  {time_s:7.2f} s  {line}")
    for outcome in result.outcomes:
        sign = {True: "met", False: "NOT MET", None: "not judged"}[outcome.met]
        print(f"  {outcome.expectation}: {sign} ({outcome.detail})")
    if not result.outcomes:
        print("  nothing is expected of this scenario")


def _story(result: Result) -> Iterator[tuple[float, str]]:
    for fall in result.falls:
        yield fall.onset_s, f"loses balance ({fall.kind.replace('_', ' ')})"
        if fall.contact_s is not None:
            yield fall.contact_s, "torso on the floor"
        if fall.risen_s is not None:
            yield fall.risen_s, "up again"
    for each in result.answered:
        outcome = each.outcome
        words = f': "{outcome.heard}"' if outcome.heard else ""
        times = "once" if outcome.times_asked == 1 else f"{outcome.times_asked} times"
        yield each.time_s, f"asked {times} whether all is well; the answer is {outcome.answer}{words}"
    for alarm in result.alarms:
        yield alarm.time_s, f"{alarm.kind.value}: {alarm.reason}"


def _print_report(report: Report) -> None:
    print(f"{report.runs} runs, {report.hours:.2f} simulated hours, {report.faulty} runs with faults")
    if report.unjudged:
        print(f"  {report.unjudged} falls never came to the floor and are not judged")
    for kind, each in report.sensitivity.items():
        share = each.confirmed
        print(
            f"  {kind.replace('_', ' '):16} confirmed {share.hits} of {share.of}: {100 * share.share:.1f} % "
            f"({100 * share.low:.1f} to {100 * share.high:.1f}), suspected {each.suspected.hits}"
        )
    for name, delays in (("suspected", report.suspected_delays), ("confirmed", report.confirmed_delays)):
        if delays.median_s is not None and delays.p95_s is not None:
            print(f"  {name} {delays.median_s:.2f} s after touching the floor (median), {delays.p95_s:.2f} s (p95)")
    for activity, alarms in report.false_alarms.items():
        if alarms.suspected or alarms.confirmed:
            print(
                f"  while {activity}: {alarms.suspected} suspected and {alarms.confirmed} confirmed without a fall in "
                f"{60 * alarms.hours:.1f} minutes"
            )
    for failure in report.failures:
        print(f"  FAILED {'; '.join(failure.broken)}\n         {failure.command}")


@contextmanager
def _spinner(text: str) -> Iterator[None]:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


@contextmanager
def _progress(text: str, total: float | None) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description} {task.completed:.0f}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(text, total=total)
        yield lambda amount: bar.advance(task, amount)
