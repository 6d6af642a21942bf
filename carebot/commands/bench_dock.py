"""`carebot bench dock`: how well the robot gets into its charger."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer


def dock(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    trips: Annotated[int, typer.Option(min=1, max=10_000, help="How many trips.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Where chance starts; the same seed gives the same trips.")] = 0,
    light: Annotated[Literal["day", "evening", "night"], typer.Option(help="Which light the home is in.")] = "day",
) -> None:
    """Trips into the simulated home's charger by drawn pictures of its marker; ends with 1 where one does not succeed.

    Every second trip begins before the charger, up to 25 cm aside and 25° askew, the others anywhere in the home. A
    trip succeeds where the robot says that it is in, stands within 2 cm and 3° of where the marker says that it
    should, and has touched nothing.
    """
    from carebot.benchmarks.docking import measure

    report = measure(trips, seed, light, lambda trip: typer.echo(str(trip), err=True))
    if as_json:
        print(json.dumps(report.content()))
    else:
        print(f"{report.good} of {len(report.trips)} trips succeeded")
        print(
            f"  at most {report.worst('left_mm'):.1f} mm ahead or behind, {report.worst('aside_mm'):.1f} mm aside, "
            f"{report.worst('askew_deg'):.1f}° askew"
        )
        tries = sum(trip.tries > 1 for trip in report.trips)
        print(f"  {tries} needed more than one try; the longest took {report.worst('seconds'):.0f} s")
    if report.good < len(report.trips):
        raise typer.Exit(1)
