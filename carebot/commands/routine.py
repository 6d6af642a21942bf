"""`carebot routine`: what the robot can be asked for: list it, look at it, check files, and run one."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carebot.commands.routine_report import report
from carebot.errors import CarebotError, ConfigError
from carebot.printable import in_utf8
from carebot.strict_yaml import parse_yaml

if TYPE_CHECKING:
    from rich.tree import Tree

    from carebot.routines.drawing import Branch
    from carebot.routines.file import Routine
    from carebot.site.file import Site

app = typer.Typer(help="What the robot can be asked for: list, show, check and run routines.", no_args_is_help=True)

app.command()(report)

SiteName = Annotated[str, typer.Option("--site", help="The site file whose rooms and people are meant.")]
Own = Annotated[Path | None, typer.Option("--routines", help="A folder of routines of your own.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


@app.command("list")
def list_routines(site: SiteName = "home", routines: Own = None, as_json: AsJson = False) -> None:
    """Every routine with what it does, how urgent it is, and its parameters."""
    library, found, _ = _library(site, routines)
    if as_json:
        print(json.dumps([_about(each, found.language) for each in library.values()], ensure_ascii=False))
        return
    for routine in sorted(library.values(), key=lambda each: (-each.priority, each.name)):
        about = routine.file.about
        print(f"{routine.name} ({routine.file.priority}): {about.get('en') or next(iter(about.values()))}")
        for name, parameter in routine.file.parameters.items():
            default = "" if parameter.default is None else f", {parameter.default!r} if not given"
            print(f"    {name}: {parameter.kind}{default}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A routine, or the file of one.")],
    site: SiteName = "home",
    routines: Own = None,
) -> None:
    """Draw a routine's tree: what is done in which order, and by which answers."""
    from rich.console import Console

    from carebot.routines.drawing import drawn
    from carebot.routines.file import load_routine

    if name.endswith((".yaml", ".yml")):
        routine = load_routine(Path(name))
    else:
        library, _, _ = _library(site, routines)
        routine = _named(library, name)
    Console(highlight=False, markup=False, soft_wrap=True).print(_tree(drawn(routine)))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of routines.")],
    site: Annotated[str, typer.Option("--site", help="Check as well that this site has what they name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check files of routines to the last name; ends with 2 where one cannot be used."""
    taken: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for path in files:
        try:
            routine = _checked(path, site)
            if routine.name in taken:
                raise ConfigError(f"{path}: name: '{routine.name}' is also the name of {taken[routine.name]}.")
            taken[routine.name] = path
        except CarebotError as error:
            problems[str(path)] = str(error)
    if as_json:
        each = [
            {
                "file": in_utf8(str(path)),
                "ok": str(path) not in problems,
                "problem": in_utf8(problems.get(str(path), "")),
            }
            for path in files
        ]
        print(json.dumps({"ok": not problems, "files": each}, ensure_ascii=False))
    else:
        for path in files:
            print(in_utf8(problems.get(str(path)) or f"{path} is good."))
    if problems:
        raise typer.Exit(2)


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A routine.")],
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a parameter; repeat for more.")] = None,
    typed: Annotated[
        bool, typer.Option("--typed", help="Without a robot: print what it would do, and type the answers.")
    ] = False,
    somebody_in: Annotated[
        list[str] | None, typer.Option("--somebody-in", help="With --typed: a room in which somebody is seen.")
    ] = None,
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace; without, the one that runs.")] = "",
    by: Annotated[str, typer.Option(help="Who wants it: is kept with the run.")] = "carebot routine run",
    site: SiteName = "home",
    routines: Own = None,
    as_json: AsJson = False,
) -> None:
    """Run a routine on a running robot and wait; Ctrl-C cancels it. With --typed, only in this terminal.

    Ends with 1 where the routine was not done.
    """
    given = _given(param or [])
    if typed:
        is_done, reason = _run_typed(name, given, somebody_in or [], site, routines, as_json)
    else:
        is_done, reason = _run_on_robot(robot, name, given, by, as_json)
    if as_json:
        print(json.dumps({"ok": is_done, "routine": name, "reason": reason}, ensure_ascii=False))
    else:
        print("done" if is_done else f"not done: {reason}")
    if not is_done:
        raise typer.Exit(1)


def _run_typed(
    name: str, given: dict[str, Any], people_in: list[str], site: str, routines: Path | None, as_json: bool
) -> tuple[bool, str]:
    from carebot.commands.routine_terminal import run_in_terminal
    from carebot.records.routine_runs import RunState
    from carebot.routines.parameters import GivenError

    library, found, caregivers = _library(site, routines)
    _named(library, name)
    unknown = next((room for room in people_in if found.room(room) is None), None)
    if unknown is not None:
        known = ", ".join(room.name for room in found.rooms)
        raise ConfigError(f"--somebody-in: there is no room '{unknown}' in {site}: use one of {known}.")
    try:
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            done = run_in_terminal(library, found, caregivers, name, given, people_in or _usual_rooms(found))
    except GivenError as error:
        raise ConfigError(f"{name}: {error}.") from None
    return done.state is RunState.SUCCEEDED, done.outcome


def _run_on_robot(robot: str, name: str, given: dict[str, Any], by: str, as_json: bool) -> tuple[bool, str]:
    from carebot.bringup.environment import stay_on_this_machine

    stay_on_this_machine()
    from carebot.ros.running import running_robot
    from carebot.ros.running_routine import run_routine

    values = {key: json.dumps(value, ensure_ascii=False) for key, value in given.items()}
    tell = (lambda _line: None) if as_json else (lambda line: typer.echo(line, err=True))
    is_done, reason = run_routine(robot or running_robot("care"), name, values, by, tell)
    return bool(is_done), str(reason)


def _usual_rooms(site: Site) -> list[str]:
    """Where the residents are, as far as the site file knows; any room where it does not."""
    own = [each.room for each in site.residents if each.room]
    return own or [room.name for room in site.rooms][:1]


def _given(pairs: list[str]) -> dict[str, Any]:
    """`name=value`, the value as in YAML."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ConfigError(f"--param {pair}: write it as NAME=VALUE.")
        given[name] = _meant(value)
    return given


def _meant(text: str) -> Any:
    """What `text` means as YAML; the text itself where it is none, or something that JSON has not, such as a date."""
    try:
        value = parse_yaml(text) if text else ""
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return text
    return value


def _library(site: str, routines: Path | None) -> tuple[dict[str, Routine], Site, tuple[str, ...]]:
    from carebot.escalation.plan import load_plan
    from carebot.routines.library import load_library
    from carebot.site.file import load_site, site_path

    path = site_path(site)
    found = load_site(path)
    caregivers = tuple(each.name for each in load_plan(path).caregivers)
    return load_library(routines, found, caregivers), found, caregivers


def _named(library: dict[str, Routine], name: str) -> Routine:
    if name not in library:
        raise ConfigError(f"there is no routine '{name}': use one of {', '.join(sorted(library))}.")
    return library[name]


def _checked(path: Path, site: str) -> Routine:
    from carebot.escalation.plan import load_plan
    from carebot.routines.file import check_at_site, load_routine
    from carebot.routines.library import spoken_in
    from carebot.site.file import load_site, site_path

    if not site:
        return load_routine(path)
    at = site_path(site)
    found = load_site(at)
    routine = load_routine(path, spoken_in(found))
    check_at_site(routine, found, tuple(each.name for each in load_plan(at).caregivers))
    return routine


def _about(routine: Routine, language: str) -> dict[str, Any]:
    file = routine.file
    parameters = {
        name: parameter.model_dump(mode="json", exclude_defaults=True) | {"kind": parameter.kind}
        for name, parameter in file.parameters.items()
    }
    return {
        "name": routine.name,
        "called": routine.called(language),
        "about": dict(file.about),
        "priority": file.priority,
        "time_limit_s": file.time_limit_s,
        "parameters": parameters,
        "file": str(routine.path),
    }


def _tree(branch: Branch) -> Tree:
    from rich.tree import Tree

    tree = Tree(branch.label)
    for inner in branch.inner:
        tree.add(_tree(inner))
    return tree
