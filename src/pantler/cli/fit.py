"""Fit a multiplexer to recorded outcomes."""

from pathlib import Path
from typing import Any

import click

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("data", type=A_FILE)
@click.option("-o", "--output", type=A_FILE, required=True, help="The file to write, such as route.pantler.")
@click.option("--pool", default="", help="The models to choose among, commas between.  [default: all of the file]")
@click.option("--split", help="Fit to the queries of this split only.")
@click.option("--embedder", default="wordllama", show_default=True, help="What makes a vector of a text.")
@click.option(
    "--max-quality-loss",
    type=click.FloatRange(0.0, 1.0),
    default=0.02,
    show_default=True,
    help="Mean score that may be lost against the best model: what a wrong answer has to be worth is printed.",
)
def command(**options: Any) -> None:  # click hands over every option
    """Fit to DATA, recorded outcomes in the tidy format (.parquet, .csv, .jsonl), and say how far to trust it."""
    from pantler.build import part
    from pantler.fitted import write_fitted
    from pantler.simulator.fitting.whole import fitted_to
    from pantler.texts.reading import Reading
    from pantler.traces.outcomes import read_outcomes

    outcomes = read_outcomes(
        options["data"], pool=[name.strip() for name in options["pool"].split(",") if name.strip()]
    )
    if options["split"]:
        outcomes = outcomes.split(options["split"])
    name = options["embedder"]
    found, report = fitted_to(outcomes, Reading(part("embedders", name)()), name, options["max_quality_loss"])
    write_fitted(found, options["output"])
    for line in (*outcomes.notes, *report):
        click.echo(line)
    click.echo(f"wrote {options['output']}", err=True)
