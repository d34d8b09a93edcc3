"""Stand-ins beside the published cells, one panel per row of the paper's table."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pantler.simulator.reproduce.canvas import Grid, canvas
from pantler.simulator.reproduce.dataset_report import Cell
from pantler.simulator.reproduce.datasets import STRATEGIES, Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = ("#1f6fb2", "#e08a1e", "#2f9e5b", "#8a5fb0")
NAMES: Final = [strategy.name for strategy in STRATEGIES]
STEP: Final = 0.14
"""How far apart the stand-ins' points stand, in widths of a strategy's place."""


def plot(unit: Unit, cells: Sequence[Cell], path: Path) -> None:
    """Draw published cells as bars with every stand-in's mean beside them."""
    rows = list(dict.fromkeys((cell.alpha, cell.accuracy) for cell in cells))
    with canvas(path, Grid(1, len(rows), (3.4 * len(rows) + 0.6, 4.2))) as (figure, panels):
        for axes, row in zip(panels, rows, strict=True):
            _panel(axes, unit, [cell for cell in cells if (cell.alpha, cell.accuracy) == row])
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)


def _panel(axes: "Axes", unit: Unit, cells: Sequence[Cell]) -> None:
    published = {cell.strategy: cell.published / unit.scale for cell in cells if cell.published is not None}
    axes.bar([NAMES.index(name) for name in published], list(published.values()), color="#d5d9de", label="published")
    stand_ins = [(name, list(group)) for name, group in groupby(cells, key=lambda cell: cell.stand_in)]
    for column, (name, found) in enumerate(stand_ins):
        axes.errorbar(
            [NAMES.index(cell.strategy) + STEP * (column - (len(stand_ins) - 1) / 2) for cell in found],
            [cell.mean / unit.scale for cell in found],
            yerr=[4 * cell.se / unit.scale for cell in found],
            fmt="o",
            markersize=4,
            color=COLOURS[column],
            label=f"stand-in {name}, mean ± 4 standard errors",
        )
    axes.set_title(f"alpha {cells[0].alpha:g}, accuracy {cells[0].accuracy:g}")
    axes.set_ylabel(f"cost / {unit.shown}")
    axes.set_ylim(0, None)
    axes.set_xticks(range(len(NAMES)), NAMES, rotation=40, ha="right")
