"""Tables without frames that a verb prints, with what there is to say below them."""

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

WIDTH_UNSEEN = 140  # characters where the output is no terminal, which has no width of its own


def table(heads: Iterable[str], names: Container[str] = (), *, title: str | None = None) -> "Table":
    """An empty one: the columns of `heads`, those of `names` to the left and in one line, numbers to the right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, title_justify="left", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for head in heads:
        made.add_column(head, justify="left" if head in names else "right", no_wrap=head in names)
    return made


def show(table: "Table", notes: Iterable[str]) -> None:
    """Print a table, then each note as it is."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_UNSEEN)
    console.print(table)
    for note in notes:
        console.print(note, highlight=False, markup=False)
