"""Every multiplexer beside the random mix, the best single model and the oracle, on outcomes not fitted to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._bars import bars
from pantler.cli._evaluate._options import on_outcomes
from pantler.cli._evaluate._splits import read_splits
from pantler.cli._reading import reading_by
from pantler.cli._tables import show, table

if TYPE_CHECKING:
    from pantler.simulator.evaluation.report import Evaluation

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("data", type=A_FILE)
@on_outcomes("to decide on and report")
@click.option("--plot", type=A_FILE, help="Draw the curves to a .png, .svg or .pdf file.")
def command(**options: Any) -> None:  # click hands over every option
    """Evaluate multiplexers on DATA, recorded outcomes in the tidy format (.parquet, .csv, .jsonl)."""
    from pantler.simulator.evaluation.lineup import Lineup
    from pantler.simulator.evaluation.multiplexers import evaluated
    from pantler.simulator.evaluation.report import draw
    from pantler.simulator.plots import checked_image

    plot: Path | None = options["plot"]
    if plot is not None:
        checked_image(plot)
    outcomes, train, test = read_splits(options, "reported")
    reading = reading_by(options["embedder"])
    with bars(quiet=options["quiet"]) as bar:
        evaluation = evaluated(Lineup(train, test, reading), bar)
    if plot is not None:
        draw(evaluation, test, plot)
        click.echo(f"wrote {plot}", err=True)
    if options["as_json"]:
        click.echo(evaluation.to_json())
    else:
        _show(evaluation, (*outcomes.notes, f"{len(train)} queries fitted to, {len(test)} reported"))


def _show(evaluation: "Evaluation", notes: tuple[str, ...]) -> None:
    from pantler.simulator.evaluation.report import cells, heads

    title = f"{evaluation.dataset}, {len(evaluation.pool)} models: quality over cost"
    shown = table(heads(), heads()[:1], title=title)
    for row in evaluation.rows:
        shown.add_row(*cells(row))
    show(shown, notes)
