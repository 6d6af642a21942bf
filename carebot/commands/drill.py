"""`carebot drill`: call everybody as in an emergency, in messages that say DRILL, and see who is reached."""

from __future__ import annotations

import json
import select
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.escalation.drill import Call
    from carebot.escalation.plan import EscalationPlan


def drill(
    site: Annotated[Path, typer.Argument(help="The site file, with caregivers and escalation.")],
    chain: Annotated[str, typer.Option(help="Which chain: the kind of alert, or default.")] = "default",
    level_seconds: Annotated[
        float, typer.Option(min=0.1, max=3600, help="How long each level has, in place of the site file's times.")
    ] = 15.0,
    check: Annotated[bool, typer.Option("--check", help="Only check the site file and show the chain.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    records: Annotated[
        Path | None, typer.Option(help="Care's records: with what was changed on the tablets, which lies beside them.")
    ] = None,
) -> None:
    """Call the caregivers of SITE level by level; type your name and Enter to answer, which stops it.

    Every message says DRILL. Exit code 0: every call arrived; 1: one did not; 2: the site file cannot be used.
    """
    from carebot.escalation.drill import run_drill
    from carebot.escalation.plan import load_plan

    plan = load_plan(site) if records is None else _as_changed(load_plan(site), records)
    if not plan.escalation or chain not in plan.escalation:
        known = ", ".join(plan.escalation) or "none: see docs/escalation.md"
        raise ConfigError(f"{site} has no chain '{chain}' in escalation: use one of {known}.")
    if check:
        for number, level in enumerate(plan.levels(chain)):
            people = ", ".join(f"{tell.who} by {' and '.join(plan.ways(tell))}" for tell in level.tell)
            print(f"{number + 1}. {people}; then {level.for_s:g} s")
        return
    typer.echo("Drill: type your name and Enter to answer.", err=True)
    with tempfile.TemporaryDirectory(prefix="carebot-drill-") as folder:
        report = run_drill(plan, chain, level_seconds, Path(folder), _typed_name, lambda call: _show(call, as_json))
    if as_json:
        print(json.dumps({"ok": report.is_good, **asdict(report)}))
    else:
        print(f"answered by {report.answered_by}" if report.answered_by else "nobody answered: every level was called")
    if not report.is_good:
        raise typer.Exit(1)


def _as_changed(plan: EscalationPlan, records: Path) -> EscalationPlan:
    from carebot.escalation.house_book import HouseBook, settings_path
    from carebot.site.hours import Quiet

    path = settings_path(records)
    if not path.is_file():
        typer.echo(
            f"{path} does not exist: nothing was changed on a tablet, the site file's people are called.", err=True
        )
        return plan
    book = HouseBook(path, plan, Quiet())
    if book.fault:
        raise ConfigError(book.fault)
    return book.plan


def _show(call: Call, as_json: bool) -> None:
    outcome = f"reached after {call.after_s:.1f} s" if call.arrived else f"NOT REACHED: {call.error}"
    typer.echo(f"level {call.level + 1}  {call.who:20} {call.by:12} {outcome}", err=as_json)


def _typed_name() -> str:
    """The line that was typed, without waiting for one."""
    try:
        if not sys.stdin or sys.stdin.closed or not select.select([sys.stdin], [], [], 0)[0]:
            return ""
        return sys.stdin.readline().strip()
    except (OSError, ValueError):
        return ""
