"""Fit a multiplexer to recorded outcomes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pantler.fitted import Fitted
    from pantler.texts.reading import Reading

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=A_FILE, required=True, help="The file to write, such as route.pantler.")
@click.option("--pool", default="", help="The models to choose among, commas between.  [default: all of the file]")
@click.option("--split", help="Fit to the queries of this split only.")
@click.option("--texts", type=A_FILE, help="Of a ledger: JSON lines of decision_id and prompt, to be joined to it.")
@click.option("--embedder", default="wordllama", show_default=True, help="What makes a vector of a text.")
@click.option(
    "--max-quality-loss",
    type=click.FloatRange(0.0, 1.0),
    default=0.02,
    show_default=True,
    help="Mean score that may be lost against the best model: what a wrong answer has to be worth is printed.",
)
def command(**options: Any) -> None:  # click hands over every option
    """Fit to DATA and say how far to trust it.

    DATA is recorded outcomes in the tidy format (.parquet, .csv, .jsonl), a log of requests with feedback (.jsonl, in
    OpenAI's or LiteLLM's words), or a ledger of pantler's own (its folder, or ledger.sqlite).
    """
    from pantler.build import part
    from pantler.fitted import write_fitted
    from pantler.texts.reading import Reading

    reading = Reading(part("embedders", options["embedder"])())
    found, report = _fitted(options, reading)
    write_fitted(found, options["output"])
    for line in report:
        click.echo(line)
    click.echo(f"wrote {options['output']}", err=True)


def _fitted(options: dict[str, Any], reading: "Reading") -> "tuple[Fitted, list[str]]":
    from pantler.simulator.fitting.from_ledger import from_ledger, read_texts
    from pantler.simulator.fitting.in_part import fitted_in_part
    from pantler.simulator.fitting.whole import fitted_to
    from pantler.traces.experience import is_log, read_log
    from pantler.traces.outcomes import read_outcomes

    data: Path = options["data"]
    pool = [name.strip() for name in options["pool"].split(",") if name.strip()]
    if data.is_dir() or data.suffix == ".sqlite" or is_log(data):
        texts = {} if options["texts"] is None else read_texts(options["texts"])
        experience = (read_log(data) if data.suffix == ".jsonl" else from_ledger(data, texts)).among(pool)
        found, report = fitted_in_part(experience, reading, options["embedder"])
        return found, [*experience.notes, *report]
    outcomes = read_outcomes(data, pool=pool)
    if options["split"]:
        outcomes = outcomes.split(options["split"])
    found, report = fitted_to(outcomes, reading, options["embedder"], options["max_quality_loss"])
    return found, [*outcomes.notes, *report]
