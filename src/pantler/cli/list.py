"""List the parts that a setting may name."""

from inspect import getmodule

import click
from msgspec import json

from pantler.build import names, part

KINDS = ("policies", "estimators", "multiplexers")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(kind: str | None, as_json: bool) -> None:
    """List the parts of every KIND, or of one, each with its summary."""
    kinds = (kind,) if kind else KINDS
    if as_json:
        click.echo(json.encode({"schema": 1, **{each: _summaries(each) for each in kinds}}))
        return
    formatter = click.HelpFormatter()
    for each in kinds:
        with formatter.section(each.capitalize()):
            formatter.write_dl(list(_summaries(each).items()))
    click.echo(formatter.getvalue().strip())


def _summaries(kind: str) -> dict[str, str]:
    return {name: summary(kind, name) for name in names(kind)}


def summary(kind: str, name: str) -> str:
    """The first line of the docstring of the part's module."""
    module = getmodule(part(kind, name))
    return ((module and module.__doc__) or "").partition("\n")[0].removesuffix(".")
