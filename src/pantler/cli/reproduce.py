"""Run the paper's experiments again, beside what was published.

Every experiment prints our value with its standard error, the published value and a verdict.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from pantler.cli._bars import bars
from pantler.cli._within import Within

if TYPE_CHECKING:
    from pantler.simulator.reproduce.datasets import DataSet
    from pantler.simulator.reproduce.report import Report

LARGEST_SEED = 2**31
LARGEST_PENALTY = 1e9
MOST_SEEDS = 1_000_000
STAND_INS = ("plain", "A", "B", "C")
A_FILE = click.Path(dir_okay=False, path_type=Path)
Verb = Callable[..., None]


class Output(NamedTuple):
    """Where a report goes."""

    as_json: bool
    markdown: Path | None
    plot: Path | None


class Terms(NamedTuple):
    """What the options of a data set say; no accuracies means those of the paper's table."""

    penalty: float
    accuracies: Sequence[float]
    coin_per_query: bool


def an_image(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a plot in a format that cannot be drawn."""
    from pantler.simulator.plots import checked_image

    return None if path is None else checked_image(path)


def shares(_context: click.Context, _parameter: click.Parameter, values: Sequence[float]) -> Sequence[float]:
    """Refuse what does not lie in 0 to 1, dropping repetitions."""
    for value in values:
        if not 0.0 <= value <= 1.0:
            raise click.BadParameter(f"{value} does not lie in the range 0 to 1")
    return tuple(dict.fromkeys(values))


def takes_seeds(default: int) -> Callable[[Verb], Verb]:
    """Add the options that say which seeds are replayed, passed on as `seeds`."""

    def add(function: Verb) -> Verb:
        @click.option(
            "--seeds", type=click.IntRange(2, MOST_SEEDS), default=default, show_default=True, help="How many seeds."
        )
        @click.option(
            "--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True, help="The first seed."
        )
        @wraps(function)
        def verb(seeds: int, seed: int, **options: object) -> None:
            function(seeds=range(seed, seed + seeds), **options)

        return verb

    return add


def takes_terms(function: Verb) -> Verb:
    """Add the options of a data set, passed on as `terms`."""

    @click.option(
        "--penalty",
        type=Within(0.0, LARGEST_PENALTY),
        default=2.0,
        show_default=True,
        help="How many large calls a failed small answer costs on top of itself.",
    )
    @click.option(
        "--accuracy",
        type=float,
        multiple=True,
        callback=shares,
        help="How often the selector is right; may be repeated.  [default: as in the paper's table]",
    )
    @click.option(
        "--selector-errors",
        type=click.Choice(["per-miss", "per-query"]),
        default="per-miss",
        show_default=True,
        help="Whether the selector errs by a fresh coin on every miss, or for good on a query.",
    )
    @wraps(function)
    def verb(penalty: float, accuracy: Sequence[float], selector_errors: str, **options: object) -> None:
        function(terms=Terms(penalty, accuracy, selector_errors == "per-query"), **options)

    return verb


def takes_output(by_default: Path | None = None) -> Callable[[Verb], Verb]:
    """Add the options that say where the report goes, passed on as `output`."""

    def add(function: Verb) -> Verb:
        @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
        @click.option("--markdown", type=A_FILE, help="Write the table to a file as Markdown.")
        @click.option(
            "--plot",
            type=A_FILE,
            callback=an_image,
            default=by_default,
            show_default=by_default is not None,
            help="Draw the result to a .png, .svg or .pdf file.",
        )
        @wraps(function)
        def verb(as_json: bool, markdown: Path | None, plot: Path | None, **options: object) -> None:
            from pantler.simulator.writable import check_writable

            for path in filter(None, (markdown, plot)):
                if path == by_default:
                    path.parent.mkdir(exist_ok=True)
                check_writable(path)
            function(output=Output(as_json, markdown, plot), **options)

        return verb

    return add


@click.group()
def command() -> None:
    """Run the paper's experiments again, beside what was published."""


@command.command()
@takes_seeds(500)
@click.option(
    "--mode",
    type=click.Choice(["faithful", "corrected", "both"]),
    default="both",
    show_default=True,
    help="What the artifact does, what the theory says, or both side by side.",
)
@takes_output()
def synthetic(seeds: range, mode: str, output: Output) -> None:
    """Replay the synthetic tables.

    Six strategies in twelve settings, all strategies of a seed on the same trace.
    """
    from pantler.simulator.reproduce import synthetic_plot, synthetic_report
    from pantler.simulator.reproduce.synthetic import MODES, run

    modes = [known for known in MODES if mode in {known, "both"}]
    with progress("synthetic suite", len(seeds) * len(modes)) as advance:
        cells = [cell for known in modes for cell in synthetic_report.cells(run(seeds, known, advance), known)]
    emit(synthetic_report.report(cells), output, lambda path: synthetic_plot.plot(cells, path))


@command.command()
@click.option("--runs", type=click.IntRange(2, 10_000), default=100, show_default=True, help="How many seeds.")
@click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True, help="The seed of all runs together."
)
@takes_output(Path("out/reproduce-figure.png"))
def figure(runs: int, seed: int, output: Output) -> None:
    """Draw the notebook's curves of cost and regret.

    Once as published, once without its eviction on a hit.
    """
    from pantler.simulator.reproduce import notebook_plot, notebook_report
    from pantler.simulator.reproduce.notebook import run

    with progress("notebook", runs) as advance:
        costs = run(runs, seed=seed, on_run=advance)
    report = notebook_report.report(notebook_report.cells(costs), notebook_report.regrets(costs))
    emit(report, output, lambda path: notebook_plot.plot(costs, path))


@command.command()
@takes_seeds(100)
@takes_terms
@takes_output()
def lambada(seeds: range, terms: Terms, output: Output) -> None:
    """Replay the Lambada table on a stand-in.

    The data are missing: sentence lengths are made up, their mean a fit to the published level.
    """
    from pantler.simulator.reproduce.datasets import LAMBADA

    replay(LAMBADA, terms, seeds, output)


@command.command()
@takes_seeds(100)
@click.option("--stand-in", "stand_ins", type=click.Choice(STAND_INS), multiple=True, help="May be repeated; else all.")
@takes_terms
@takes_output()
def openassistant(seeds: range, stand_ins: Sequence[str], terms: Terms, output: Output) -> None:
    """Replay the OpenAssistant table on stand-ins.

    The data are missing: latencies are made up, their mean a fit to the published level.
    """
    from pantler.simulator.reproduce.datasets import OPENASSISTANT

    kept = [known for known in OPENASSISTANT.stand_ins if known.name in (stand_ins or STAND_INS)]
    replay(OPENASSISTANT._replace(stand_ins=kept), terms, seeds, output)


def replay(data_set: "DataSet", terms: Terms, seeds: range, output: Output) -> None:
    """Replay every row of a data set's table."""
    from pantler.simulator.reproduce import dataset_plot, dataset_report, standins
    from pantler.simulator.reproduce.datasets import Case, run

    accuracies = terms.accuracies or data_set.accuracies
    cases = [
        Case(data_set, stand_in, standins.Terms(alpha, terms.penalty, terms.coin_per_query), accuracy)
        for stand_in, accuracy, alpha in product(data_set.stand_ins, accuracies, data_set.alphas)
    ]
    with progress(data_set.name, len(cases) * len(seeds)) as advance:
        cells = [cell for case in cases for cell in dataset_report.cells(case, run(case, seeds, advance))]
    emit(dataset_report.report(data_set, cells), output, lambda path: dataset_plot.plot(data_set.unit, cells, path))


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on the standard error, yielding what advances it by one."""
    with bars(quiet=False) as bar:
        yield partial(bar(what, total), 1)


def emit(report: "Report", output: Output, draw: Callable[[Path], None]) -> None:
    """Print a report, having written the files that were asked for."""
    from pantler.simulator.reproduce import report as reports

    if output.markdown is not None:
        write(output.markdown, lambda path: path.write_text(reports.as_markdown(report)))
    if output.plot is not None:
        write(output.plot, draw)
    if output.as_json:
        click.echo(reports.as_json(report))
    else:
        click.echo(reports.as_text(report))


def write(path: Path, put: Callable[[Path], object]) -> None:
    """Write one file, naming it on the standard error."""
    from pantler.simulator.writable import writing

    with writing(path):
        put(path)
    click.echo(f"wrote {path}", err=True)
