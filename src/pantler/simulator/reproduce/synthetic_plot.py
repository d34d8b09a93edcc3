"""The synthetic cells as one panel per setting, published cells beside them."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pantler.simulator.reproduce.canvas import Grid, canvas
from pantler.simulator.reproduce.suite import SETTINGS, STRATEGIES, Setting
from pantler.simulator.reproduce.synthetic_report import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = {"faithful": "#1f6fb2", "corrected": "#e08a1e"}
OFFSETS: Final = {"faithful": -0.15, "corrected": 0.15}
NAMES: Final = [strategy.name for strategy in STRATEGIES]
WIDE: Final = 10.0
"""The cost ratio above which a panel is logarithmic."""

TICKS: Final = (5, 10, 20, 50, 100, 200)


def plot(cells: Sequence[Cell], path: Path) -> None:
    """Draw every cell's mean with four standard errors, the published cell beside it."""
    with canvas(path, Grid(3, 4, (13.0, 7.6), shares_y=True)) as (figure, panels):
        for axes, setting in zip(panels, SETTINGS, strict=True):
            _panel(axes, setting, [cell for cell in cells if _setting(cell) == setting])
        panels[0].set_yticks(range(len(NAMES)), NAMES)
        panels[0].invert_yaxis()
        for axes in panels[-4:]:
            axes.set_xlabel("cumulative cost / 1000")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)


def _panel(axes: "Axes", setting: Setting, cells: Sequence[Cell]) -> None:
    for mode, group in groupby(cells, key=lambda cell: cell.mode):
        found = list(group)
        axes.errorbar(
            [cell.mean / 1000 for cell in found],
            [NAMES.index(cell.strategy) + OFFSETS[mode] for cell in found],
            xerr=[4 * cell.se / 1000 for cell in found],
            fmt="o",
            markersize=4,
            color=COLOURS[mode],
            label=f"{mode}, mean ± 4 standard errors",
        )
    published = {cell.strategy: cell.published / 1000 for cell in cells if cell.published is not None}
    places = [NAMES.index(strategy) for strategy in published]
    axes.plot(list(published.values()), places, "x", color="#333333", markersize=5, label="published cell")
    axes.set_title(f"{setting.scenario}, acc {setting.accuracy:g}, ratio {setting.ratio:g}, alpha {setting.alpha:g}")
    if setting.ratio > WIDE:
        axes.set_xscale("log")
        left, right = axes.get_xlim()
        axes.minorticks_off()
        axes.set_xticks([tick for tick in TICKS if left <= tick <= right])
        axes.xaxis.set_major_formatter("{x:g}")


def _setting(cell: Cell) -> Setting:
    return Setting(cell.scenario, cell.alpha, cell.ratio, cell.accuracy)
