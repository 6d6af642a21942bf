"""`carebot audit`: what the tablet recorded of who did what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Who did what on the tablet, as its own file recorded it.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Keeps `verify` a word of its own while it is the only one."""


@app.command()
def verify(
    file: Annotated[Path | None, typer.Option(help="The tablet's site.sqlite; this user's by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check that no row was changed or removed since it was written; ends with 1 where one was."""
    from carebot.records.audit import verify_file
    from carebot.records.site import site_path

    path = file or site_path()
    count, broken = verify_file(path)
    if as_json:
        first, why = (None, "") if broken is None else (broken.number, broken.why)
        found = {"ok": broken is None, "file": str(path), "rows": count, "first_broken": first, "why": why}
        print(json.dumps(found, ensure_ascii=False))
    elif broken is None:
        print(f"{path}: {count} {'row' if count == 1 else 'rows'}, the chain is whole.")
    else:
        print(f"{path}: row {broken.number} breaks the chain: {broken.why}. Compare with the latest copy of the file.")
    raise typer.Exit(0 if broken is None else 1)
