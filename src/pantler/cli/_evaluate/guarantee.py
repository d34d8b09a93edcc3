"""Whether a guarantee of few wrong answers is kept, on many splits of outcomes that nothing was fitted to."""

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
    from pantler.simulator.evaluation.guarantee import Kept

A_FILE = click.Path(dir_okay=False, path_type=Path)
SHARE = Within(0.0, 1.0, min_open=True, max_open=True)


@click.command()
@click.argument("data", type=A_FILE)
@click.option("--alpha", type=SHARE, multiple=True, default=(0.05, 0.1, 0.15, 0.2, 0.25, 0.3), show_default=True,
              help="Share of wrong answers allowed below the reference; may be given again.")  # fmt: skip
@click.option("--delta", type=SHARE, default=0.05, show_default=True, help="The chance of breaking it.")
@click.option("--splits", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How often to try.")
@click.option("--calibration-share", type=SHARE, default=0.25, show_default=True,
              help="Of the test queries, what certifies; the others are asked.")  # fmt: skip
@on_outcomes("to certify and to ask")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the splits.")
def command(**options: Any) -> None:  # click hands over every option
    """Certify on DATA, recorded outcomes in the tidy format, how many answers below the reference model are wrong.

    The reference has the best mean score in training. A violation is a split whose other queries were sent to cheaper
    models and got a larger share of wrong answers there than alpha.
    """
    from pantler.simulator.evaluation.guarantee import Promised, kept, prepared
    from pantler.simulator.fitting.kinds import KINDS

    outcomes, train, test = read_splits(options, "certified")
    reading = reading_by(options["embedder"])
    with bars(quiet=options["quiet"]) as bar:
        found = prepared(train, test, reading, bar("fitting", sum(len(kind.settings) for kind in KINDS)))
    how = (options["delta"], options["splits"], options["calibration_share"], options["seed"])
    rows = [kept(found, Promised(alpha, *how)) for alpha in options["alpha"]]
    if options["as_json"]:
        shown = {"dataset": outcomes.name, "pool": outcomes.models, "rows": [asdict(row) for row in rows]}
        click.echo(msgspec.json.encode(shown).decode())
    else:
        _show(rows, outcomes.notes)


def _show(rows: "list[Kept]", notes: tuple[str, ...]) -> None:
    names = [field.name for field in fields(rows[0]) if field.name != "reason"]
    shown = table(names)
    for row in rows:
        values = [getattr(row, name) for name in names]
        shown.add_row(*("-" if value is None else f"{value:.3g}" for value in values))
    lacking = [
        f"alpha {row.alpha:g}, {row.splits - row.certified} of {row.splits} splits: {row.reason}"
        for row in rows
        if row.certified < row.splits
    ]
    show(shown, (*lacking, *notes))
