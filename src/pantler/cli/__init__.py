"""The `pantler` command, one file per verb, each loaded only when it is used.

A verb is a file of this folder whose name has no leading underscore: its docstring's first line is the help's summary,
its `command` a click command. A group of verbs keeps them so in a folder of its own, as `_evaluate`.
"""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from pantler.core.errors import PantlerError, UnknownPart


class Refusal(click.ClickException):
    """An error that pantler raised on purpose, shown as one line."""

    exit_code = 2


class Verbs(click.Group):
    """The verbs found in the folder of `package`, listed without importing them."""

    package = __name__

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [path.stem for path in self._files()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{self.package}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(path.stem, _summary(path)) for path in self._files()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verbs = self.list_commands(ctx)
        if args[0] not in verbs:
            raise UnknownPart("verb", args[0], verbs)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # click's own type
        try:
            return super().invoke(ctx)
        except PantlerError as error:
            raise Refusal(str(error)) from error

    def _files(self) -> list[Path]:
        return sorted(Path(import_module(self.package).__path__[0]).glob("[!_]*.py"))


def _summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return docstring.partition("\n")[0].removesuffix(".")


def _core() -> str:
    """Whether the core runs as machine code, which is quicker, or as Python."""
    spec = find_spec("pantler.core.engine")
    return "pure" if spec is not None and (spec.origin or "").endswith(".py") else "compiled"


@click.group(
    cls=Verbs, subcommand_metavar="VERB [ARGUMENTS]...", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="pantler", message=f"%(prog)s %(version)s ({_core()})")
def main() -> None:
    """Decide which answers of large models to keep and which model to ask."""
