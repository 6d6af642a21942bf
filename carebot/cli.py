"""The `carebot` command: collects the subcommands and turns every known error into one sentence and an exit code."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
from typing import Annotated

import typer

from carebot import __version__
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

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST_NAME = 200

app = typer.Typer(
    name="carebot",
    help="The software of a service robot that lives with an older person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        print(f"carebot {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _print_version(is_asked=asked), is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None: ...


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
    _print_in_any_encoding()
    try:
        try:
            app()
        except SystemExit:
            _print_what_waits()
            raise
    except CarebotError as error:
        print(f"carebot: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        if error.errno is None:  # not of the operating system: a mistake of carebot's own
            raise
        print(f"carebot: {_of_the_system(error)}", file=sys.stderr)
        sys.exit(2 if error.filename is not None and error.errno not in FULL else 1)
    finally:
        _forget_what_cannot_be_printed()


def _print_in_any_encoding() -> None:
    """A sign that the terminal's encoding has not is printed as JSON would have it, which leaves JSON what it is."""
    codecs.register_error("as_json", _as_json)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="as_json")


def _as_json(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _forget_what_cannot_be_printed() -> None:
    """Python would try again when it ends, and complain then."""
    try:
        _print_what_waits()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _print_what_waits() -> None:
    if sys.stdout is not None:  # as it is where the caller has closed it
        sys.stdout.flush()


def _of_the_system(error: OSError) -> str:
    if error.errno in FULL:
        where = "" if error.filename is None else f"{error.filename}: "
        return f"{where}nothing more can be written ({error.strerror}): free some space."
    if error.filename is None:
        return f"the system refuses ({error.strerror}): try again, and see its log where that does not help."
    return f"{_shortened(str(error.filename))} cannot be used ({error.strerror}): check the name, and who may use it."


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
