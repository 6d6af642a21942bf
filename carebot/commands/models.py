"""`carebot models`: which models there are, whether their files are right, fetching them, and how fast they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carebot.perception.registry import ModelEntry

app = typer.Typer(help="List, verify, pull and time the models.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]
AnyName = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this model.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show every model of the registry, and whether its files are here."""
    from carebot.commands import model_views
    from carebot.perception.registry import load_registry

    model_views.show_list(load_registry().entries, as_json)


@app.command()
def verify(name: AnyName = None, as_json: AsJson = False) -> None:
    """Check the sha256 of the models' files; ends with 1 where one is wrong or missing.

    Without NAME, a model that has not been pulled yet is no fault.
    """
    from carebot.commands import model_views
    from carebot.commands.model_checks import check_files

    checks = [check for entry in _chosen(name) for check in check_files(entry, must_be_here=name is not None)]
    model_views.show_checks(checks, as_json)
    if any(check.fault for check in checks):
        raise typer.Exit(1)


@app.command()
def pull(name: Annotated[str, typer.Argument(help="The model to fetch.")], as_json: AsJson = False) -> None:
    """Fetch a model's files; goes on where an earlier pull was cut off, and keeps only what has the right sha256."""
    from carebot.commands import model_views
    from carebot.commands.model_pull import pull_entry
    from carebot.perception.registry import load_registry

    model_views.show_pulled(pull_entry(load_registry().get(name)), as_json)


@app.command()
def bench(
    name: AnyName = None,
    runs: Annotated[int, typer.Option(min=1, help="How many runs the medians are made of.")] = 50,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, tensorrt or openvino.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads of one run.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Time the models on random input: milliseconds of CPU and by the clock, and the provider that really ran."""
    from typing import cast

    from carebot.commands import model_views
    from carebot.commands.model_bench import bench_entry
    from carebot.perception.providers import Device, SessionOptions

    options = SessionOptions(device=cast(Device, device), threads=threads)
    timings = [
        row for entry in _chosen(name) for row in bench_entry(entry, options, runs, must_be_here=name is not None)
    ]
    model_views.show_timings(timings, as_json)


def _chosen(name: str | None) -> tuple[ModelEntry, ...]:
    from carebot.perception.registry import load_registry

    registry = load_registry()
    return registry.entries if name is None else (registry.get(name),)
