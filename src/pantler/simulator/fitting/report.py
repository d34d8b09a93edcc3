"""What `pantler fit` says of what it fitted: as lines, as JSON and as the values of a page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.simulator.evaluation.calibration import BINS, calibration_error
from pantler.simulator.evaluation.curve import Point
from pantler.simulator.fitting.checking import Checked
from pantler.simulator.fitting.needs import Need
from pantler.simulator.fitting.sanity import OfKind, OfSurface

SLIGHT = 0.002  # of log-loss: what another doubling is hardly worth


@dataclass(frozen=True)
class OfModel:
    """One model: `error` is that of its chances beyond noise, `bins` are (mean chance, share wrong, labels) of each.

    `charges` says in words what it takes.
    """

    model: str
    labels: int
    wrong: float
    error: float
    bins: list[tuple[float, float, int]]
    charges: str

    def line(self) -> str:
        """What people read."""
        error = f", calibration error beyond noise {self.error:.3f}" if self.bins else ""
        return f"{self.model}: {self.labels} labels, wrong {self.wrong:.1%}, {self.charges}{error}"


@dataclass(frozen=True)
class Report:
    """`curve` and `singles` are mean US dollars and mean scores; figures are across folds.

    `needs` are log-losses with fewer queries, `said` what is told of the fit itself.
    """

    dataset: str
    said: Sequence[str]
    models: list[OfModel]
    kinds: list[OfKind]
    surface: list[OfSurface]
    needs: list[Need]
    curve: tuple[Point, ...]
    singles: dict[str, Point]
    checked: Checked

    def to_json(self) -> str:
        """One object; money of the verdict in nano-dollars."""
        shown = asdict(self) | {"verdict": asdict(self.checked.verdict), "static": self.checked.static}
        del shown["checked"]
        return msgspec.json.encode(shown).decode()

    def lines(self) -> list[str]:
        """What people read."""
        models = [each.line() for each in self.models]
        verdict = self.checked.verdict.lines("this", self.checked.static)
        return [*models, *self.said, *self.doubts(), *self.need(), *verdict]

    def doubts(self) -> list[str]:
        """Traits that look as if something were wrong with them."""
        return [f"look at {each.name}: {each.doubt}" for each in self.surface if each.doubt]

    def need(self) -> list[str]:
        """Whether more labels would help, by what the last doubling has brought."""
        if len(self.needs) < 2:
            return []
        last, before = self.needs[-1], self.needs[-2]
        gained = before.log_loss - last.log_loss
        told = f"log-loss {before.log_loss:.4f} with {before.queries} queries, {last.log_loss:.4f} with {last.queries}"
        if gained > SLIGHT:
            return [f"{told}: more outcomes are likely to help"]
        return [f"{told}: twice as many are not likely to change much"]


def of_model(name: str, chances: NDArray[np.floating], labels: NDArray[np.floating], charges: str) -> OfModel:
    """By what was said of queries across folds, and what came."""
    order = np.argsort(chances, kind="stable")
    cuts = [cut for cut in np.array_split(order, BINS) if len(cut)]
    bins = [(float(chances[cut].mean()), float(labels[cut].mean()), len(cut)) for cut in cuts]
    if not len(labels):
        return OfModel(name, 0, float("nan"), float("nan"), [], charges)
    return OfModel(name, len(labels), float(labels.mean()), calibration_error(chances, labels), bins, charges)
