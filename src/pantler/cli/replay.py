"""Re-score a ledger as if another multiplexer had chosen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._tables import show, table
from pantler.cli._within import Within
from pantler.core.errors import ConfigError, TraceError, UnknownPart

if TYPE_CHECKING:
    from collections.abc import Mapping

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
@click.option("--route", default="", help="The route that is looked at.  [default: all of them as one]")
@click.option("--texts", type=A_FILE, help="JSON lines of decision_id and prompt, where the file looks at texts.")
@click.option("--check", is_flag=True, help="Exit with 3 unless it may take the static choice's place.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, money in nano-dollars, nothing else.")
def command(**options: Any) -> None:  # click hands over every option
    """Estimate what another multiplexer would have brought at the misses of LEDGER, a folder or a file.

    Price, latency and P(wrong) come by weights of one over the propensity, self-normalised, and doubly robust, where
    what is chosen had a chance of being asked; of all misses doubly robust, the rest by what was expected, corrected by
    what came. Then whether it may take the static choice's place. Latencies and ratings are those that were seen.
    """
    from pantler.core.cost import Weights
    from pantler.simulator.fitting.from_ledger import read_texts
    from pantler.simulator.rescoring.choosing import CALLS
    from pantler.simulator.rescoring.logged import mean_call, read_logged
    from pantler.simulator.rescoring.report import report
    from pantler.simulator.rescoring.told import rescored

    texts = {} if options["texts"] is None else read_texts(options["texts"])
    logged, notes = read_logged(options["ledger"], options["route"])
    logged, said = _with_texts(logged, texts) if texts else (logged, [])
    notes += said
    weight = options["error_weight"]
    if weight is None:
        weight = CALLS * mean_call(logged) / NANO
        notes.append(
            f"a wrong answer is taken to cost ${weight:.3g}, {CALLS:g} mean calls; say otherwise with --error-weight"
        )
    weights = Weights(NANO * options["latency_weight"], NANO * weight)
    found, static = (
        rescored(logged, _choice(options[name], weights, logged, texts)) for name in ("multiplexer", "against")
    )
    names = _called(options["multiplexer"], logged), _called(options["against"], logged)
    made = report(names, (found, static), weights, notes)
    if options["as_json"]:
        click.echo(made.to_json())
    else:
        _show(made)
    if options["check"] and not made.verdict.promoted:
        click.get_current_context().exit(3)


def _called(name: str, logged: "list[Logged]") -> str:
    """A choice by its name, the reference model by its own where there is one for all."""
    references = {one.reference for one in logged}
    return references.pop() if name == "reference" and len(references) == 1 else name


def _with_texts(logged: "list[Logged]", texts: "Mapping[str, str]") -> "tuple[list[Logged], list[str]]":
    """Those to which a text is joined, and what there is to say of the others."""
    known = [one for one in logged if one.decision in texts]
    if not known:
        raise TraceError("none of the texts is of a decision here; join them by the x-pantler-decision header")
    left = len(logged) - len(known)
    return known, [f"{left} misses are left out, as no text is joined to them"] if left else []


def _choice(name: str, weights: "Weights", logged: "list[Logged]", texts: "Mapping[str, str]") -> "Choice":
    from pantler.build import fitted_embedder
    from pantler.fitted import read_fitted
    from pantler.simulator.rescoring.choosing import by_fitted, named
    from pantler.texts.reading import Reading

    if not Path(name).is_file():
        try:
            return named(name, weights, logged)
        except UnknownPart as error:
            raise ConfigError(f"there is no file {name!r}, and {error}") from error
    fitted = read_fitted(Path(name))
    return by_fitted(fitted, weights, texts, Reading(fitted_embedder(name, fitted.embedder)))


def _show(made: "Report") -> None:
    heads = ("measure", "worth", "self-normalised", "95 %", "doubly robust", "95 %", "of all, doubly robust", "95 %")
    shown = table(heads, heads[:1], title=made.title())
    for row in made.rows:
        scale, unit = (1.0 / NANO, "$") if row.measure == "price" else (1.0, "")
        spans = []
        for span in (row.ips, row.overlapping, row.robust):
            mean, low, high = ("-",) * 3 if span is None else (f"{unit}{scale * each:.4g}" for each in span)
            spans += [mean, "-" if span is None else f"{low} to {high}"]
        shown.add_row(row.measure, f"{row.effective:,.0f}", *spans)
    show(shown, made.lines())
