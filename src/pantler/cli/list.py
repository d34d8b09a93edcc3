"""List the parts that a setting may name."""

import ast
from inspect import getmodule
from pathlib import Path

import click
from msgspec import json

import pantler
from pantler.build import names, part
from pantler.config.parts import own_names

KINDS = {
    "policies": "policies",
    "estimators": "estimators",
    "appraisers": "appraisers",
    "multiplexers": "multiplexers",
    "matchers": "matchers",
    "indexes": "indexes",
    "embedders": "embedders",
    "providers": "providers",
    "judges": "judges",
    "stores": "stores",
    "wires": "gateway.wires",
    "formats": "traces.formats",
    "shapes": "traces.shapes",
}
"""The folder of each kind's parts, below the package."""


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)), required=False, metavar="[KIND]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(kind: str | None, as_json: bool) -> None:
    """List the parts of every KIND, or of one, each with its summary.

    KIND is one of the words above the lists.
    """
    found = {each: _summaries(KINDS[each]) for each in ((kind,) if kind else KINDS)}
    if as_json:
        click.echo(json.encode({"schema": 1, **found}))
        return
    formatter = click.HelpFormatter()
    for each, summaries in found.items():
        if summaries:
            with formatter.section(each.capitalize()):
                formatter.write_dl(list(summaries.items()))
    click.echo(formatter.getvalue().strip())


def _summaries(folder: str) -> dict[str, str]:
    return {name: summary(folder, name) for name in names(folder)}


def summary(folder: str, name: str) -> str:
    """The first line of the docstring of the part's file; ours are not imported, since what they need may be absent."""
    if name in own_names(folder):
        path = Path(pantler.__path__[0], *folder.split("."), f"{name}.py")
        docstring = ast.get_docstring(ast.parse(path.read_bytes()))
    else:
        docstring = getattr(getmodule(part(folder, name)), "__doc__", None)
    return (docstring or "").partition("\n")[0].removesuffix(".")
