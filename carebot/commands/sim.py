"""`carebot sim`: simulated worlds: what of an SDF file is loaded, and what it looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from carebot.commands import sim_run

app = typer.Typer(help="Check and look at simulated worlds.", no_args_is_help=True)

WorldFile = Annotated[
    str, typer.Argument(metavar="FILE", help="An SDF world or model, or the name of a world that carebot ships.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


@app.command()
def check(
    file: WorldFile,
    robot: Annotated[str | None, typer.Option(help="Which model must fit through the doors.")] = None,
    as_json: AsJson = False,
) -> None:
    """Load a world and say what was loaded and what was not; ends with 1 where the robot fits not through a door."""
    from carebot.commands import sim_views
    from carebot.simulation.sdf.build import load_world
    from carebot.simulation.sdf.passages import measure_passages
    from carebot.simulation.sdf.resources import world_path

    loaded = load_world(world_path(file))
    driven = [drive.model for drive in loaded.world.drives if drive.model in loaded.world.models]
    chosen = robot or next(iter(driven), None)
    passages = measure_passages(loaded, chosen) if chosen else ()
    sim_views.show_world(loaded, passages, as_json)
    if not all(passage.fits for passage in passages):
        raise typer.Exit(1)


@app.command()
def view(
    file: WorldFile,
    out: Annotated[Path, typer.Option(help="The picture to write, a PNG file.")],
    camera: Annotated[str, typer.Option(help="overview, or a camera that `check` lists.")] = "overview",
    light: Annotated[
        Literal["day", "evening", "night"],
        typer.Option(help="Lights called night... shine in the evening and at night."),
    ] = "day",
    width: Annotated[int, typer.Option(help="Pixels.")] = 1280,
    height: Annotated[int, typer.Option(help="Pixels.")] = 960,
) -> None:
    """Draw a world from one of its cameras, or all of it from above."""
    import cv2

    from carebot.errors import ConfigError
    from carebot.simulation.sdf.build import load_world
    from carebot.simulation.sdf.lighting import set_light
    from carebot.simulation.sdf.picture import draw
    from carebot.simulation.sdf.resources import world_path

    if out.suffix.lower() != ".png" or not out.parent.is_dir():
        raise ConfigError(f"{out} cannot be written: name a .png file in a folder that exists.")
    loaded = load_world(world_path(file))
    set_light(loaded.world, loaded.model, light)
    picture = draw(loaded, camera, width, height)
    if not cv2.imwrite(str(out), picture[:, :, ::-1]):
        raise ConfigError(f"{out} cannot be written: check the folder's permissions.")
    print(f"{out}: {loaded.world.name} from {camera}, {width}×{height}")


sim_run.add_to(app)
