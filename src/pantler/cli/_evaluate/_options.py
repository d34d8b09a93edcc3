"""The options that every evaluation on recorded outcomes has."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from pantler.cli._bars import quietly


def on_outcomes(use: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds a pool, the two splits, the embedder, --json and --quiet; `use` is what is done with the test queries."""
    options = [
        click.option(
            "--pool", default="", help="The models to choose among, commas between.  [default: all of the file]"
        ),
        click.option("--train-split", default="train", show_default=True, help="The queries to fit to."),
        click.option("--test-split", default="test", show_default=True, help=f"The queries {use}."),
        click.option(
            "--embedder",
            default="",
            help="What makes a vector of a text.  [default: wordllama, hashing without it]",
        ),
        click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else."),
        quietly,
    ]
    return lambda command: reduce(lambda given, option: option(given), reversed(options), command)
