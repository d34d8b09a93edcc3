"""Plots with the house's looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pantler.core.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS: "Final[dict[Any, Any]]" = {  # matplotlib types its settings by several hundred literals
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
}


class Grid(NamedTuple):
    """Panels in rows and columns on a page of a width and a height in inches."""

    rows: int
    columns: int
    inches: tuple[float, float]
    shares_y: bool = False


@contextmanager
def canvas(path: Path, grid: Grid) -> "Iterator[tuple[Figure, list[Axes]]]":
    """Yield a figure with its panels in reading order, then write it to a file whose suffix names the format."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise MissingExtra("plotting", "simulator") from missing
    with rc_context(LOOKS):
        figure = Figure(figsize=grid.inches, layout="constrained")
        yield figure, list(figure.subplots(grid.rows, grid.columns, squeeze=False, sharey=grid.shares_y).flat)
        figure.savefig(path, dpi=160)
