"""The notebook's figure: cumulative cost of each strategy, regret of LEC, both with and without the fault."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pantler.simulator.reproduce.canvas import Grid, canvas
from pantler.simulator.reproduce.notebook import CHECKPOINTS, STRATEGIES, regret
from pantler.simulator.reproduce.summary import standard_error
from pantler.simulator.reproduce.workload import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE: Final = 1.96
"""Standard errors to either side of a band of 95 %."""

COLOURS: Final = dict(zip(STRATEGIES, ("#8a8a8a", "#c44e52", "#1f6fb2", "#2f9e5b"), strict=True))
LINES: Final = {"faithful": ("as published", "-"), "corrected": ("no eviction on a hit", "--")}


def plot(costs: Mapping[str, Floats], path: Path) -> None:
    """Draw costs of shape (runs, checkpoints, strategies) per mode."""
    with canvas(path, Grid(1, 2, (11.0, 4.4))) as (figure, (left, right)):
        _costs(left, costs)
        _regrets(right, costs)
        runs = len(costs["faithful"])
        figure.suptitle(f"{runs} runs, mean with the 95 % confidence band of the mean", fontsize=9, color="#555555")


def _costs(axes: "Axes", costs: Mapping[str, Floats]) -> None:
    for mode, found in costs.items():
        for column, strategy in enumerate(STRATEGIES):
            label = strategy if mode == "faithful" else None
            _band(axes, found[:, :, column], label=label, line=LINES[mode][1], colour=COLOURS[strategy])
    axes.set(title="Cumulative cost", xlabel="rounds", ylabel="cost", xscale="log", yscale="log", ylim=(10, None))
    axes.legend(title="solid: as published\ndashed: no eviction on a hit", title_fontsize=8, alignment="left")


def _regrets(axes: "Axes", costs: Mapping[str, Floats]) -> None:
    for mode, found in costs.items():
        label, line = LINES[mode]
        _band(axes, regret(found), label=label, line=line, colour=COLOURS["LEC+selector"])
    axes.set(title="Regret of LEC with the selector", xlabel="rounds", ylabel="cost above the optimum", ylim=(0, None))
    axes.legend(loc="lower right")


def _band(axes: "Axes", samples: Floats, *, label: str | None, line: str, colour: str) -> None:
    mean, reach = samples.mean(axis=0), CONFIDENCE * standard_error(samples)
    axes.plot(CHECKPOINTS, mean, line, color=colour, label=label, linewidth=1.5)
    axes.fill_between(CHECKPOINTS, mean - reach, mean + reach, color=colour, alpha=0.18, linewidth=0)
