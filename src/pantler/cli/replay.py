"""Re-score a ledger as if another multiplexer had chosen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._tables import show, table
from pantler.cli._within import Within

if TYPE_CHECKING:
    from pantler.core.cost import Weights
    from pantler.simulator.rescoring.choosing import Choice
    from pantler.simulator.rescoring.logged import Logged
    from pantler.simulator.rescoring.report import Report

A_FILE = click.Path(dir_okay=False, path_type=Path)
NANO = 1e9


@click.command()
@click.argument("ledger", type=click.Path(path_type=Path))
@click.option("--multiplexer", required=True,
              help="A file that pantler fit wrote, a model, or: reference, cheapest, learned.")  # fmt: skip
@click.option(
    "--against", default="reference", show_default=True, help="The static choice, which it may not be worse than."
)
@click.option("--error-weight", type=Within(0.0),
              help="US dollars that a wrong answer costs.  [default: 10 mean calls of what was asked]")  # fmt: skip
@click.option("--latency-weight", type=Within(0.0), default=0.0, help="US dollars that a second costs.")
@click.option("--texts", type=A_FILE, help="JSON lines of decision_id and prompt, where the file looks at texts.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, money in nano-dollars, nothing else.")
def command(**options: Any) -> None:  # click hands over every option
    """Estimate what another multiplexer would have brought at the misses of LEDGER, a folder or a file.

    Price, latency and P(wrong) come by weights of one over the propensity, self-normalised and clipped, and doubly
    robust; then whether it may take the static choice's place. Latencies and ratings are those that were seen.
    """
    from pantler.core.cost import Weights
    from pantler.simulator.rescoring.choosing import CALLS
    from pantler.simulator.rescoring.estimates import rescored
    from pantler.simulator.rescoring.logged import mean_call, read_logged
    from pantler.simulator.rescoring.report import report

    logged, notes = read_logged(options["ledger"])
    weight = options["error_weight"]
    if weight is None:
        weight = CALLS * mean_call(logged) / NANO
        notes.append(
            f"a wrong answer is taken to cost ${weight:.3g}, {CALLS:g} mean calls; say otherwise with --error-weight"
        )
    weights = Weights(NANO * options["latency_weight"], NANO * weight)
    found = rescored(logged, _choice(options, options["multiplexer"], weights, logged))
    static = rescored(logged, _choice(options, options["against"], weights, logged))
    made = report((options["multiplexer"], options["against"]), (found, static), weights, notes)
    if options["as_json"]:
        click.echo(made.to_json())
    else:
        _show(made)


def _choice(options: dict[str, Any], name: str, weights: "Weights", logged: "list[Logged]") -> "Choice":
    from pantler.build import fitted_embedder
    from pantler.fitted import read_fitted
    from pantler.simulator.fitting.from_ledger import read_texts
    from pantler.simulator.rescoring.choosing import by_fitted, named
    from pantler.texts.reading import Reading

    if not Path(name).is_file():
        return named(name, weights, logged)
    fitted = read_fitted(Path(name))
    texts = {} if options["texts"] is None else read_texts(options["texts"])
    return by_fitted(fitted, weights, texts, Reading(fitted_embedder(name, fitted.embedder)))


def _show(made: "Report") -> None:
    heads = ("measure", "decisions", "worth", "self-normalised", "95 %", "doubly robust", "95 %")
    shown = table(heads, heads[:1], title=made.title())
    for row in made.rows:
        scale, unit = (1.0 / NANO, "$") if row.measure == "price" else (1.0, "")
        numbers = [row.ips, row.ips_low, row.ips_high, row.doubly_robust, row.low, row.high]
        ips, ips_low, ips_high, robust, low, high = (f"{unit}{scale * each:.4g}" for each in numbers)
        spans = (ips, f"{ips_low} to {ips_high}", robust, f"{low} to {high}")
        shown.add_row(row.measure, f"{row.decisions:,}", f"{row.effective:,.0f}", *spans)
    show(shown, made.lines())
