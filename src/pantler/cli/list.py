"""List the parts that a setting may name."""

from inspect import getmodule

import click

from pantler.build import names, part

KINDS = ("policies", "estimators", "multiplexers")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), required=False)
def command(kind: str | None) -> None:
    """List the parts of every KIND, or of one, each with its summary."""
    formatter = click.HelpFormatter()
    for each in (kind,) if kind else KINDS:
        with formatter.section(each.capitalize()):
            formatter.write_dl([(name, summary(each, name)) for name in names(each)])
    click.echo(formatter.getvalue().strip())


def summary(kind: str, name: str) -> str:
    """The first line of the docstring of the part's module."""
    module = getmodule(part(kind, name))
    return ((module and module.__doc__) or "").partition("\n")[0].removesuffix(".")
