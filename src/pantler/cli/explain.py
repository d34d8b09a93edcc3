"""Say why two questions would be taken for the same, or not."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pantler.matching.explaining import Explained


@click.command()
@click.argument("asked")
@click.argument("stored")
@click.option("--embedder", default="wordllama", show_default=True, help="Makes the vectors.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
def command(asked: str, stored: str, embedder: str, as_json: bool) -> None:
    """Show what a matcher makes of ASKED beside STORED, the question of a stored answer: rules, features, the chance.

    A dry run by the prior that comes with the package: a gateway moves it by what its own labels show, and serves only
    what its promise has room for.
    """
    from pantler.build import part
    from pantler.matching.explaining import explained

    one, other = part("embedders", embedder)().embed([asked, stored])
    found = explained(asked, stored, float(one @ other))
    if as_json:
        _print_json(found)
    else:
        _print_tables(found)


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
    console: Any = Console(highlight=False)
    console.print(table)
    console.print(f"cosine {found.cosine:.4f}; the chance that the stored answer is wrong: {found.wrong:.4f}")
    console.print(f"refused by the rule {found.rule}" if found.rule else "no rule refuses it")
