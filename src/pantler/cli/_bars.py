"""Bars of progress that a verb shows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


@contextmanager
def bars(*, hidden: bool) -> Iterator[Callable[[str, int | None], Callable[[int], None]]]:
    """Bars on standard error, on a terminal only; yields what adds one, which returns what advances it.

    Where a bar's total is not known, it is a count.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    hidden = hidden or not sys.stderr.isatty()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=hidden, transient=True) as shown:
        yield lambda what, total: partial(shown.advance, shown.add_task(what, total=total))
