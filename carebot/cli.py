"""The `carebot` command: collects the subcommands and turns every known error into one sentence and an exit code."""

from __future__ import annotations

import sys

import typer

from carebot.commands import (
    audit,
    bench,
    check,
    demo,
    drill,
    drive,
    eval,
    go,
    map,
    models,
    routine,
    say,
    sim,
    tablet,
    talk,
    up,
    watch,
)
from carebot.errors import CarebotError

app = typer.Typer(
    name="carebot",
    help="The software of a service robot that lives with an older person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(watch.watch)
app.command()(demo.demo)
app.command()(talk.talk)
app.command()(say.say)
app.add_typer(models.app, name="models")
app.add_typer(bench.app, name="bench")
app.add_typer(eval.app, name="eval")
app.add_typer(sim.app, name="sim")
app.add_typer(drive.app, name="drive")
app.add_typer(check.app, name="check")
app.add_typer(map.app, name="map")
app.add_typer(audit.app, name="audit")
app.add_typer(routine.app, name="routine")
app.add_typer(tablet.app, name="tablet")
app.command("drill")(drill.drill)
app.command("go")(go.go)
app.command("up")(up.up)
app.command("service")(up.service)
app.command("profiles")(up.profiles)


def main() -> None:
    """The entry point; exits 0 good, 1 the thing asked about failed, 2 bad input, 130 interrupted."""
    try:
        app()
    except CarebotError as error:
        print(f"carebot: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
