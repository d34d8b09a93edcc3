"""Say why two questions would be taken for the same, or which model a question would go to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pantler.cli._within import Within
from pantler.core.errors import ConfigError

if TYPE_CHECKING:
    from pantler.live.dry_run import Foreseen
    from pantler.matching.explaining import Explained

NANO = 1e9
SECOND = "minilm"
A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("asked")
@click.argument("stored", required=False)
@click.option("--multiplexer", type=A_FILE, help="A file that pantler fit wrote, in place of STORED.")
@click.option("--error-weight", type=Within(0.0), default=0.0, help="US dollars that a wrong answer costs.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True,
              help="How often it has come, this time included.")  # fmt: skip
@click.option("--reference", default="", help="The reference model.  [default: the one least often wrong]")
@click.option("--embedder", default="wordllama", show_default=True, help="Makes the vectors of STORED and ASKED.")
@click.option("--second", type=click.Path(exists=True, file_okay=False), help="The folder of minilm, asked besides.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
def command(asked: str, stored: str | None, **options: Any) -> None:  # click hands over every option
    """Show what a matcher makes of ASKED beside STORED, the question of a stored answer: rules, features, the chance.

    A dry run by the prior that comes with the package: a gateway moves it by what its own labels show, and serves only
    what its promise has room for.

    With --multiplexer FILE, show instead what is expected of every model's answer to ASKED, and which would be asked:
    by the file alone, before anything was heard since it was fitted.
    """
    if (stored is None) == (options["multiplexer"] is None):
        raise ConfigError("one thing is explained at a time; give either STORED or --multiplexer FILE")
    if stored is None:
        _explain_choice(asked, options)
    else:
        _explain_match(asked, stored, options)


def _explain_match(asked: str, stored: str, options: dict[str, Any]) -> None:
    from pantler.build import part
    from pantler.matching.explaining import explained

    one, other = part("embedders", options["embedder"])().embed([asked, stored])
    second = None
    if options["second"] is not None:
        here, there = part("embedders", SECOND)(path=options["second"]).embed([asked, stored])
        second = float(here @ there)
    found = explained(asked, stored, float(one @ other), second)
    if options["as_json"]:
        _print_json(found)
    else:
        _print_tables(found)


def _explain_choice(asked: str, options: dict[str, Any]) -> None:
    import msgspec

    from pantler.build import fitted_embedder
    from pantler.fitted import read_fitted
    from pantler.live.dry_run import Supposed, foreseen
    from pantler.texts.reading import Reading

    fitted = read_fitted(options["multiplexer"])
    supposed = Supposed(asked, NANO * options["error_weight"], float(options["count"]), options["reference"])
    found = foreseen(fitted, Reading(fitted_embedder(options["multiplexer"], fitted.embedder)), supposed)
    if options["as_json"]:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _print_plans(found)


def _print_plans(found: "Foreseen") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("plan", "price", "latency", "P(wrong)", "propensity")
    for each in found.plans:
        chances = (f"{each.wrong:.3f}", f"{each.propensity:g}")
        price = "unknown" if each.price is None else f"${each.price / NANO:.3g}"
        latency = "unknown" if each.latency_seconds is None else f"{each.latency_seconds:g} s"
        table.add_row(", ".join(each.models), price, latency, *chances)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"asked: {', '.join(found.chosen)} ({found.reason}); {found.hits:.2f} further hits expected")
    console.print(f"the reference model is {found.reference}; latencies are learned in service, the file has none")


def _print_json(found: "Explained") -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps(asdict(found), indent=2))


def _print_tables(found: "Explained") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("feature", "value", "moves the odds of an error by")
    for each in found.features:
        table.add_row(each.name, f"{each.value:.3f}", f"x {each.factor:.2f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"cosine {found.cosine:.4f}; the chance that the stored answer is wrong: {found.wrong:.4f}")
    console.print(f"refused by the rule {found.rule}" if found.rule else "no rule refuses it")
