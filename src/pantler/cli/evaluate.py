"""Hold multiplexers and matchers against recorded outcomes."""

import click

from pantler.cli import Verbs


class Evaluations(Verbs):
    """What can be evaluated, one file each."""

    package = "pantler.cli._evaluate"


@click.group(cls=Evaluations, subcommand_metavar="WHAT [ARGUMENTS]...")
def command() -> None:
    """Hold what learns and chooses against recorded outcomes, beside what it has to beat."""
