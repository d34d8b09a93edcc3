"""The queries of recorded outcomes that an evaluation fits to, and those that it keeps for the test."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pantler.core.errors import ConfigError

if TYPE_CHECKING:
    from pantler.traces.outcomes import Outcomes


class Splits(NamedTuple):
    """All outcomes of a file, and its two parts."""

    outcomes: "Outcomes"
    train: "Outcomes"
    test: "Outcomes"


def read_splits(options: Mapping[str, Any], use: str) -> Splits:
    """What a command's options name; `use` is what is done with the test, as in "cannot be both fitted to and asked".

    What was left out of the file is said on standard error where JSON is asked for, which has no place for it.
    Raises ConfigError where the two are one, TraceError where all answers of the first are equally good, and what
    `read_outcomes` raises.
    """
    from pantler.traces.outcomes import read_outcomes

    train, test = options["train_split"], options["test_split"]
    if train == test:
        raise ConfigError(f"split {test!r} cannot be both fitted to and {use}; name two splits")
    pool = [name.strip() for name in options["pool"].split(",") if name.strip()]
    outcomes = read_outcomes(options["data"], pool=pool)
    for note in outcomes.notes if options["as_json"] else ():
        click.echo(note, err=True)
    found = Splits(outcomes, outcomes.split(train), outcomes.split(test))
    found.train.check_apart()
    return found
