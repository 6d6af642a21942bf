"""`carebot bench`: what it costs, measured here and now."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from carebot.commands import bench_dock, bench_hearing, bench_leash, bench_monologue
from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.benchmarks.simulation import SimulationReport

app = typer.Typer(help="Measure how fast carebot is on this machine.", no_args_is_help=True)
app.command("dock")(bench_dock.dock)
app.command("leash")(bench_leash.leash)
app.command("hearing")(bench_hearing.hearing)
app.command("monologue")(bench_monologue.monologue)

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


@app.command()
def drive(
    as_json: AsJson = False,
    device: Annotated[Literal["fake", "firmware", "both"], typer.Option(help="Which controller is driven.")] = "both",
    rounds: Annotated[int, typer.Option(min=1, help="How many starts, stops and emergency stops are timed.")] = 100,
    seconds: Annotated[float, typer.Option(min=2, help="How long the loop is timed.")] = 20.0,
    silences: Annotated[int, typer.Option(min=1, help="How often the node is made to hang.")] = 10,
    harms: Annotated[int, typer.Option(min=1, help="How often each process is killed, stopped or unplugged.")] = 10,
    busy: Annotated[int, typer.Option(min=0, max=64, help="Processes that load the machine for the loop.")] = 2,
) -> None:
    """From cmd_vel and the emergency stop to bytes on the wire, and from all that can go wrong to standing wheels.

    Against the fake controller and against the real firmware in QEMU, with each figure's target; and the decoders.
    """
    from carebot.benchmarks.drive import Amount, measure
    from carebot.commands.drive_figures import as_content, show

    devices: tuple[Literal["fake", "firmware"], ...] = ("fake", "firmware") if device == "both" else (device,)
    amount = Amount(rounds, seconds, silences, harms)
    report = measure(devices, amount, busy, lambda line: typer.echo(line, err=True))
    if as_json:
        print(json.dumps(as_content(report)))
    else:
        show(report)


@app.command("sim")
def simulation(
    as_json: AsJson = False,
    seconds: Annotated[float, typer.Option(min=1, help="Simulated seconds of each of three scenarios.")] = 12.0,
    eyes: Annotated[Literal["onnx", "keypoints", "both"], typer.Option(help="Which eyes are measured.")] = "both",
    truth: Annotated[bool, typer.Option(help="Measure as well whether what is simulated is true.")] = True,
) -> None:
    """How many times faster than real time scenarios play, and whether bodies fall, stand and stop as they should.

    Ends with 1 where a goal is missed: 20 times real time on one core with keypoints, real time with onnx, and every
    body as it should be. On a machine that does other work the speeds are lower.
    """
    from carebot.benchmarks.simulation import measure
    from carebot.simulation.eyes import EYES

    chosen = tuple(each for each in EYES if eyes in (each, "both"))
    report = measure(seconds, chosen, truth, lambda line: typer.echo(line, err=True))
    if as_json:
        print(json.dumps({"ok": all(report.goals().values()), "goals": report.goals(), **asdict(report)}))
    else:
        _print_simulation(report)
        for goal, is_met in report.goals().items():
            print(f"  {goal}: {'reached' if is_met else 'MISSED'}")
    if not all(report.goals().values()):
        raise typer.Exit(1)


def _print_simulation(report: SimulationReport) -> None:
    print(f"{report.processors} processors, {report.busy:.2f} of them busy in the last minute")
    for speed in report.speeds:
        print(
            f"  {speed.eyes:10} {speed.times_real_cpu:6.1f} × real time by the processor's time, "
            f"{speed.times_real:.1f} × by the clock ({speed.simulated_s:.0f} simulated seconds, "
            f"{speed.pictures_per_s:g} pictures a second of {speed.width_px} × {speed.height_px}; "
            f"set-up {speed.set_up_s:.2f} s)"
        )
    if report.truth is None:
        return
    truth = report.truth
    print(f"  the same seed twice: positions differ by {truth.same_seed_difference_m:.1e} m at most")
    print(f"  a free body falls with {truth.free_fall_m_s2:.3f} m/s²")
    print(f"  the robot stops in {100 * truth.stop_m:.1f} cm; v²/2a is {100 * truth.stop_expected_m:.1f} cm")
    print(f"  a standing resident moves {100 * truth.standing_drift_m:.1f} cm up or down in {truth.standing_s:.0f} s")
    print(
        f"  an unsupported one is on the floor in {truth.unsupported_to_floor_s:.2f} s at most, peak speed of the hips "
        f"{truth.least_peak_hip_speed_m_s:.1f} to {truth.most_peak_hip_speed_m_s:.1f} m/s"
    )


@app.command()
def care(
    as_json: AsJson = False,
    falls: Annotated[int, typer.Option(min=1, help="How many confirmed falls are timed.")] = 100,
    kills: Annotated[int, typer.Option(min=0, help="How often care is killed with kill -9.")] = 500,
    residents: Annotated[int, typer.Option(min=1, max=1000, help="Of the year of schedule.")] = 100,
    routines: Annotated[int, typer.Option(min=1, max=100, help="How many routines the engine has loaded.")] = 50,
    minutes: Annotated[float, typer.Option(min=0.1, help="Simulated minutes for which the engine is timed.")] = 30.0,
) -> None:
    """From a fall to the first caregiver told, calls through kill -9, a year of schedule, the routine engine's ticks.

    Ends with 1 where something was lost or doubled, the first caregiver was told later than after a second (p95), the
    year took longer than a minute, or a tick takes too long.
    """
    from carebot.benchmarks import care_call, care_kills, care_ticks, care_year

    with tempfile.TemporaryDirectory(prefix="carebot-bench-", ignore_cleanup_errors=True) as kept:
        folders = [Path(kept, name) for name in ("calls", "kills", "ticks")]
        for folder in folders:
            folder.mkdir()
        call = care_call.measure(falls, folders[0])
        killed = care_kills.measure(kills, folders[1], lambda line: typer.echo(line, err=True))
        year = care_year.measure(residents)
        ticks = care_ticks.measure(routines, minutes, folders[2])
    is_good = call.is_good and killed.is_good and year.is_good and ticks.is_good
    if as_json:
        parts = {"fall_to_told": asdict(call), "kills": asdict(killed), "schedule_year": asdict(year)}
        parts["engine_tick"] = asdict(ticks)
        print(json.dumps({"ok": is_good, **parts}))
    else:
        print(f"{call.told} of {call.falls} falls told; fall to the first caregiver told: ", end="")
        print(f"median {call.median_ms} ms, p95 {call.p95_ms} ms, worst {call.worst_ms} ms")
        print(f"{killed.kills} kills, {killed.alerts} alerts, {killed.messages} messages: {killed.lost} lost, ", end="")
        print(f"{killed.told_twice} told twice, {killed.repeated_openly} repeated and said so; ", end="")
        print(f"{killed.alerts_lost} alerts lost")
        print(f"a year of {year.entries} entries a day: {year.runs} runs in {year.seconds:g} s, ", end="")
        print(f"{year.missed} missed, {year.doubled} doubled")
        print(f"{ticks.routines} routines loaded, {ticks.ticks} ticks, {ticks.runs_done} runs: ", end="")
        print(f"a tick takes {ticks.cpu_median_ms} ms of the processor (median), p99 {ticks.cpu_p99_ms} ms; ", end="")
        print(f"by the clock, disk included, p99 {ticks.p99_ms} ms, worst {ticks.worst_ms} ms")
    if not is_good:
        raise typer.Exit(1)


@app.command("nav")
def navigation(
    as_json: AsJson = False,
    trips: Annotated[int, typer.Option(min=1, max=100_000, help="How many trips.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Where chance starts; the same seed gives the same trips.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="How many processes at a time.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Draw all trips into this PNG.")] = None,
) -> None:
    """Trips through the simulated home, furniture moved and a resident walking; ends with 1 where a target is missed.

    At least 98 % arrive, nobody is touched, nothing is touched faster than 0.05 m/s, and all trips together take at
    most 1.5 times what the shortest paths would at the allowed speed.
    """
    from carebot.benchmarks.navigation import measure, plot
    from carebot.navigation.picture import check_png

    if picture is not None:
        check_png(picture)
    report = measure(trips, seed, jobs, lambda trip: typer.echo(str(trip), err=True))
    if as_json:
        counts = {"trips": len(report.trips), "arrived": report.arrived, "touched_person": report.touched_person}
        figures: dict[str, Any] = {**counts, "hard_contacts": report.hard_contacts, "ratio": round(report.ratio, 3)}
        figures |= {f"ratio_p{percent}": round(report.percentile(percent), 3) for percent in (50, 95)}
        figures |= {f"free_ratio_p{percent}": round(report.percentile(percent, free=True), 3) for percent in (50, 95)}
        figures["blocked_s"] = round(report.blocked_s, 1)
        figures |= {"best_s": round(report.best_s, 1), "spent_s": {k: round(v, 1) for k, v in report.spent_s.items()}}
        print(json.dumps({"ok": report.is_good, **figures, "each": [trip.content() for trip in report.trips]}))
    else:
        print(
            f"{report.arrived} of {len(report.trips)} trips arrived, in {report.ratio:.2f} × the shortest path's time"
        )
        median, p95 = report.percentile(50), report.percentile(95)
        free_median, free_p95 = report.percentile(50, free=True), report.percentile(95, free=True)
        print(f"  each trip: median {median:.2f} ×, p95 {p95:.2f} ×")
        print(f"  without the {report.blocked_s:.0f} s for which the resident left no way:", end=" ")
        print(f"median {free_median:.2f} ×, p95 {free_p95:.2f} ×")
        print("  the time of those that arrived, by the shortest path's:")
        for kind, spent_s in report.spent_s.items():
            print(f"    {kind}: {spent_s:.0f} s, {spent_s / max(1e-9, report.best_s):.2f} ×")
        print(f"  {report.touched_person} touched somebody, {report.hard_contacts} something faster than 0.05 m/s")
    if picture is not None:
        plot(report, picture)
    if not report.is_good:
        raise typer.Exit(1)


@app.command()
def falls(
    as_json: AsJson = False,
    people: Annotated[int, typer.Option(min=1, max=20, help="How many people are in the picture.")] = 2,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long is measured.")] = 5.0,
) -> None:
    """Processor time of fall detection for a person and picture, and its share of a core at 15 pictures a second."""
    from carebot.benchmarks.falls import measure

    report = measure(people, seconds)
    if as_json:
        print(json.dumps(asdict(report)))
        return
    print(f"{report.ms_per_person:.3f} ms of processor time a person and picture (median of {report.rounds} rounds)")
    print(
        f"{report.people} people at {report.fps:g} pictures a second: {100 * report.core_share:.1f} % of a core, "
        f"without the node's messages"
    )


@app.command()
def conversation(
    as_json: AsJson = False,
    stage: Annotated[list[str] | None, typer.Option(help="Only this stage; repeat for more.")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=10_000, help="How often each figure is measured.")] = 30,
) -> None:
    """How soon the robot hears, understands and speaks, stage by stage; ends with 1 where a target is missed."""
    from carebot.benchmarks.conversation import STAGES, measure

    unknown = [name for name in stage or () if name not in STAGES]
    if unknown:
        raise ConfigError(f"there is no stage '{unknown[0]}': use one of {', '.join(STAGES)}.")
    report = measure(stage or STAGES, rounds)
    if as_json:
        print(json.dumps(report.content()))
    else:
        print(f"{report.processors} processors, {report.load:.2f} processes wanted one")
        for name, figures in report.stages.items():
            print(name)
            for figure in figures:
                print(f"  {figure}")
    if not report.is_good:
        raise typer.Exit(1)


@app.command()
def tablet(
    as_json: AsJson = False,
    tablets: Annotated[int, typer.Option(min=2, max=500, help="How many tablets are connected.")] = 50,
    robots: Annotated[int, typer.Option(min=1, max=100, help="How many robots' parts report.")] = 20,
    falls: Annotated[int, typer.Option(min=1, help="How many confirmed falls are timed.")] = 50,
    seconds: Annotated[float, typer.Option(min=2, help="How long joystick and server are measured, each.")] = 20.0,
) -> None:
    """From a confirmed fall to every tablet and to a real browser, the first page, the joystick, the server's load.

    Ends with 1 where a goal is missed. Without playwright or Chromium, what needs a browser is left out.
    """
    from carebot.benchmarks.tablet import measure
    from carebot.commands.tablet_figures import show

    report = measure(tablets, robots, falls, seconds, lambda line: typer.echo(line, err=True))
    if as_json:
        print(json.dumps({"ok": all(report.goals().values()), "goals": report.goals(), **asdict(report)}))
    else:
        show(report)
    if not all(report.goals().values()):
        raise typer.Exit(1)


@app.command(name="tablet-day")
def tablet_day(
    as_json: AsJson = False,
    hours: Annotated[int, typer.Option(min=2, max=1000, help="How many hours are simulated.")] = 24,
    times: Annotated[float, typer.Option(min=1, max=100, help="How much faster than they are.")] = 30.0,
    tablets: Annotated[int, typer.Option(min=1, max=500, help="How many tablets are connected.")] = 50,
    robots: Annotated[int, typer.Option(min=1, max=100, help="How many robots' parts report.")] = 20,
) -> None:
    """What a day of events does to the memory of the tablet's server; ends with 1 where it grows."""
    from carebot.benchmarks.tablet_day import day_lines, measure_day

    report = measure_day(hours, times, tablets, robots, lambda line: typer.echo(line, err=True))
    if as_json:
        growth = {"growth_mb_a_day": report.growth_mb_a_day}
        print(json.dumps({"ok": all(report.goals().values()), "goals": report.goals(), **asdict(report), **growth}))
    else:
        print("\n".join(day_lines(report)))
    if not all(report.goals().values()):
        raise typer.Exit(1)


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
