"""Caches and multiplexers, chosen apart and together, on outcomes that nothing was fitted to."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._bars import bars
from pantler.cli._evaluate._options import on_outcomes
from pantler.cli._evaluate._splits import read_splits
from pantler.cli._reading import reading_by
from pantler.cli._tables import show, table
from pantler.cli._within import Within
from pantler.core.errors import UnknownPart

if TYPE_CHECKING:
    from pantler.simulator.joint.evaluation import Evaluation

A_FILE = click.Path(dir_okay=False, path_type=Path)
CACHES = "lru,lfu,gdsf_remembered,lec,auto"


@click.command()
@click.argument("data", type=A_FILE)
@click.option("--popularity", default="zipf:0.8", show_default=True, help="zipf:ALPHA, or a trace that gives the keys.")
@click.option("--format", "format_name", help="The trace's format, where its content does not tell.")
@click.option("--columns", help="What is what in a trace that is a log: key=prompt_hash.")
@click.option("--capacity", default="10%", show_default=True, help="Answers that are kept, or percent of the keys.")
@click.option("--feedback", type=Within(0.0, 1.0), default=0.0, show_default=True,
              help="The chance that a served answer's score is told.")  # fmt: skip
@click.option("--penalty", type=Within(0.0), default=10.0, show_default=True,
              help="What a wrong serve costs, in mean calls of the reference model.")  # fmt: skip
@click.option("--mappings", type=click.IntRange(1, 100_000), default=30, show_default=True,
              help="Ways of mapping questions to keys.")  # fmt: skip
@click.option("--requests-per-question", type=click.IntRange(1), default=100, show_default=True,
              help="Requests drawn, where no trace gives them.")  # fmt: skip
@click.option("--caches", default=CACHES, show_default=True, help="The caches that are chosen apart.")
@on_outcomes("to ask")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of mappings and requests.")
def command(**options: Any) -> None:  # click hands over every option
    """Evaluate caches and multiplexers jointly on DATA, recorded outcomes in the tidy format (.parquet, .csv, .jsonl).

    The reference model has the best mean score in training. A wrong answer that is kept counts at every serve.
    """
    from pantler.simulator.joint.drawing import Mappings, drawing
    from pantler.simulator.joint.evaluation import Evaluation, raced, room, rows
    from pantler.simulator.joint.known import known
    from pantler.simulator.joint.lane import Terms
    from pantler.simulator.joint.lineup import apart, together
    from pantler.traces.reading import open_trace

    caches = _caches(options["caches"])
    outcomes, train, test = read_splits(options, "asked")
    mappings = Mappings(options["mappings"], options["requests_per_question"], options["seed"])
    opened = partial(open_trace, format=options["format_name"], columns=options["columns"])
    draw = drawing(options["popularity"], test.scores.mean(axis=1), mappings, opened=opened)
    capacity = room(options["capacity"], len(draw(0).questions))
    terms = Terms(options["penalty"], options["feedback"], capacity)
    with bars(quiet=options["quiet"]) as bar:
        fitted = known(train, test, reading_by(options["embedder"]), bar("fitting", None))
        contestants = apart(fitted, terms.penalty, caches, rated=terms.feedback > 0.0)
        contestants += together(fitted, terms.penalty)
        draws = [draw(turn) for turn in range(mappings.count)]
        came = raced(contestants, draws, terms, bar("rows", len(contestants) * len(draws)))
    evaluation = Evaluation(
        dataset=outcomes.name,
        popularity=options["popularity"],
        capacity=capacity,
        feedback=terms.feedback,
        penalty=terms.penalty,
        unit=fitted.unit,
        mappings=mappings.count,
        requests=len(draws[0].keys),
        rows=rows(contestants, came, terms.penalty, fitted.unit),
    )
    if options["as_json"]:
        click.echo(evaluation.to_json())
    else:
        _show(evaluation, outcomes.notes)


def _caches(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = CACHES.split(",")
    for name in names:
        if name not in known:
            raise UnknownPart("cache", name, known)
    return names


def _show(evaluation: "Evaluation", notes: tuple[str, ...]) -> None:
    title = (
        f"{evaluation.dataset}, {evaluation.popularity}: {evaluation.requests:,} requests, {evaluation.mappings} "
        f"mappings, room for {evaluation.capacity:,} answers, {evaluation.feedback:.0%} of serves rated, a wrong serve "
        f"costs {evaluation.penalty:g} calls (${evaluation.penalty * evaluation.unit:.2e})"
    )
    names = ("cache", "multiplexer")
    shown = table((*names, "price", "wrong serves", "true cost", "share of the oracle"), names, title=title)
    for row in evaluation.rows:
        share = "-" if row.oracle_share is None else f"{row.oracle_share:.3f}"
        costs = (f"${row.price:.4f}", f"{row.wrong:,.0f}", f"${row.true_cost:.4f}")
        shown.add_row(row.cache, row.multiplexer, *costs, share)
    show(shown, notes)
