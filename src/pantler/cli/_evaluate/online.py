"""What learning online is worth: recorded outcomes as a stream, each multiplexer sees only what it asked for."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pantler.cli._bars import bars
from pantler.cli._evaluate._options import on_outcomes
from pantler.cli._evaluate._splits import read_splits
from pantler.cli._reading import reading_by
from pantler.cli._tables import show, table
from pantler.cli._within import Within

if TYPE_CHECKING:
    from pantler.simulator.evaluation.streaming import Streamed

A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("data", type=A_FILE)
@on_outcomes("that come as a stream")
@click.option(
    "--penalty",
    type=Within(min=0.0, min_open=True),
    default=30.0,
    show_default=True,
    help="What a wrong answer costs, in mean calls of the best training model.",
)
@click.option("--seeds", type=click.IntRange(1, 100), default=2, show_default=True, help="Orders that are tried.")
def command(**options: Any) -> None:  # click hands over every option
    """Stream the test queries of DATA, recorded outcomes in the tidy format, past multiplexers that learn."""
    from pantler.simulator.evaluation.online import evaluated_online
    from pantler.simulator.evaluation.streaming import Regime

    outcomes, train, test = read_splits(options, "streamed")
    reading = reading_by(options["embedder"])
    regime = Regime(options["penalty"], options["seeds"])
    with bars(quiet=options["quiet"]) as bar:
        rows = list(evaluated_online(train, test, reading, regime, bar))
    if options["as_json"]:
        shown = {"dataset": outcomes.name, "pool": outcomes.models, "rows": [asdict(row) for row in rows]}
        click.echo(msgspec.json.encode(shown).decode())
    else:
        _show(rows, (*outcomes.notes, f"{len(train)} queries fitted to, {len(test)} streamed in {regime.seeds} orders"))


def _show(rows: "list[Streamed]", notes: tuple[str, ...]) -> None:
    title = "cost and penalty beside the best single model; changed: beside the frozen multiplexer, from then on"
    shown = table([field.name for field in fields(rows[0])], {"scenario", "multiplexer"}, title=title)
    for row in rows:
        shown.add_row(*(value if isinstance(value, str) else f"{value:.3f}" for value in asdict(row).values()))
    show(shown, notes)
