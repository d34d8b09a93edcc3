"""How far a verb has come: bars on a terminal, else a plain line every so often, on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from time import monotonic

import click

EVERY_SECONDS = 10.0
Advance = Callable[[int], None]
Bar = Callable[[str, int | None], Advance]

quietly = click.option("--quiet", is_flag=True, help="Do not say on standard error how far it has come.")


@contextmanager
def bars(*, quiet: bool) -> Iterator[Bar]:
    """Yields what adds a bar, which returns what advances it; where a bar's total is not known, it is a count."""
    if quiet:
        yield lambda what, total: lambda steps: None
    elif sys.stderr.isatty():
        with _drawn() as bar:
            yield bar
    else:
        with _told() as bar:
            yield bar


@contextmanager
def _drawn() -> Iterator[Bar]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield lambda what, total: partial(shown.advance, shown.add_task(what, total=total))


@contextmanager
def _told() -> Iterator[Bar]:
    """By a thread of its own, as a single step may take minutes."""
    lines, done = Lines(monotonic), Event()

    def tell() -> None:
        while not done.wait(EVERY_SECONDS):
            click.echo(lines.line(), err=True)

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield lines.add
    finally:
        done.set()
        teller.join()


class Lines:
    """What is under way, told in a line: what was begun or went on last, and the seconds since the start."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._now = "reading"
        self._steps: dict[str, tuple[int, int | None]] = {self._now: (0, None)}  # done, of how many

    def add(self, what: str, total: int | None) -> Advance:
        """One more thing is under way, of so many steps where that is known."""
        self._now, self._steps[what] = what, (0, total)
        return partial(self._advance, what)

    def line(self) -> str:
        """Such as "fitting: 3 of 12, 40 s"."""
        done, total = self._steps[self._now]
        steps = "" if total is None and not done else f": {done:,}" if total is None else f": {done:,} of {total:,}"
        return f"{self._now}{steps}, {self._clock() - self._started:.0f} s"

    def _advance(self, what: str, steps: int) -> None:
        done, total = self._steps[what]
        self._now, self._steps[what] = what, (done + steps, total)
