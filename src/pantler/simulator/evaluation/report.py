"""An evaluation as JSON, as cells for people and as a picture of its curves."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pantler.simulator.evaluation.curve import hull, singles
from pantler.simulator.evaluation.measuring import Contender, Row
from pantler.simulator.figures import new_figure
from pantler.simulator.plots import checked_image
from pantler.traces.outcomes import Outcomes


@dataclass(frozen=True)
class Evaluation:
    """The rows of a pool on a file's test queries, with the contenders that they measure."""

    dataset: str
    pool: tuple[str, ...]
    rows: list[Row]
    contenders: list[Contender]

    def to_json(self) -> str:
        """One object, its rows in the order in which they are shown."""
        shown = {"dataset": self.dataset, "pool": self.pool, "rows": [asdict(row) for row in self.rows]}
        return msgspec.json.encode(shown).decode()


def heads() -> list[str]:
    """The columns of the table."""
    return [field.name for field in fields(Row)]


def cells(row: Row) -> list[str]:
    """One row's; "-" where there is nothing to say."""
    return [_cell(name, getattr(row, name)) for name in heads()]


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if name.endswith("_us") else f"{value:.3f}"


def draw(evaluation: Evaluation, test: Outcomes, path: Path) -> None:
    """Every curve of quality over cost, into a file (.png, .svg, .pdf)."""
    single = singles(test.scores, test.costs)
    low, high = single.point(single.cheapest), single.point(single.best)
    drawn = new_figure(8.0, 4.8)
    axes = drawn.add_subplot()
    even = np.full(len(test), 1.0 / len(test))
    for contender in evaluation.contenders:
        if contender.name in {"best single", "oracle"}:
            continue
        corners = [corner for corner in hull([*contender.sweep.points(even), low]) if corner[0] <= 1.2 * high[0]]
        costs, scores = zip(*corners, strict=True)
        axes.plot([cost / high[0] for cost in costs], scores, label=contender.name)
    axes.plot(single.costs / high[0], single.scores, "k.", label="single models")
    axes.set_xlim(0.0, 1.05)
    axes.set(xlabel="mean cost, as a share of the best single model's", ylabel="mean score", title=evaluation.dataset)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    drawn.savefig(checked_image(path), dpi=150)
