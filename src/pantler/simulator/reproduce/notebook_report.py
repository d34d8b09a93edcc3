"""The notebook's curves beside the published ends, with the fault and without."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from pantler.simulator.reproduce.notebook import CHECKPOINTS, REGRET_ROUNDS, ROUNDS, STRATEGIES, regret
from pantler.simulator.reproduce.published import NOTEBOOK
from pantler.simulator.reproduce.report import Report, Table, plus_minus
from pantler.simulator.reproduce.summary import standard_error
from pantler.simulator.reproduce.workload import Floats

MATCHED: Final = 3.0
FLAT: Final = 0.02
LATE: Final = 3000


class Cell(msgspec.Struct, frozen=True):
    """One strategy's cumulative cost after all rounds; `z` is the distance from the published mean in our errors."""

    scenario: str
    strategy: str
    mode: str
    mean: float
    se: float
    published: float | None
    z: float | None
    verdict: str
    runs: int


class Regret(msgspec.Struct, frozen=True):
    """What LEC with the selector had paid above the optimum by a round, with its rise since round 3000."""

    mode: str
    round: int
    mean: float
    se: float
    rise: float
    rise_se: float


def cells(costs: Mapping[str, Floats]) -> list[Cell]:
    """Summarise the ends of the curves."""
    return [
        _cell(mode, column, found[:, -1, column]) for mode, found in costs.items() for column in range(len(STRATEGIES))
    ]


def regrets(costs: Mapping[str, Floats]) -> list[Regret]:
    """Summarise the regret of LEC at the rounds of the published discussion."""
    return [_regret(mode, found, at) for mode, found in costs.items() for at in REGRET_ROUNDS]


def report(found: Sequence[Cell], above: Sequence[Regret]) -> Report:
    """Lay the ends of the curves out, regret in the findings."""
    rows = [
        [
            cell.strategy,
            cell.mode,
            f"{cell.mean:,.0f} ± {cell.se:,.0f}",
            f"{cell.published:,.0f}" if cell.published is not None else "-",
            cell.verdict,
        ]
        for cell in found
    ]
    table = Table(["strategy", "mode", f"cost after {ROUNDS:,} rounds", "published", "verdict"], rows)
    findings = [_sentence(mode, above) for mode in dict.fromkeys(point.mode for point in above)]
    return Report(f"The notebook's figure, {found[0].runs} runs", table, findings, {"cells": found, "regret": above})


def is_flat(above: Sequence[Regret], mode: str) -> bool:
    """Say whether the regret of a mode rose by less than two per cent after round 3000."""
    by_round = {point.round: point for point in above if point.mode == mode}
    return by_round[ROUNDS].rise < FLAT * by_round[LATE].mean


def _cell(mode: str, column: int, ends: Floats) -> Cell:
    strategy, mean, error = STRATEGIES[column], float(ends.mean()), float(standard_error(ends))
    if mode != "faithful":
        return Cell("online", strategy, mode, mean, error, None, None, "not published", len(ends))
    published = NOTEBOOK[strategy]
    z = (mean - published) / error
    return Cell(
        "online", strategy, mode, mean, error, published, z, "matched" if abs(z) <= MATCHED else "off", len(ends)
    )


def _regret(mode: str, costs: Floats, at: int) -> Regret:
    paid_above = regret(costs)
    now = paid_above[:, np.searchsorted(CHECKPOINTS, at)]
    rise = now - paid_above[:, np.searchsorted(CHECKPOINTS, LATE)]
    return Regret(
        mode, at, float(now.mean()), float(standard_error(now)), float(rise.mean()), float(standard_error(rise))
    )


def _sentence(mode: str, above: Sequence[Regret]) -> str:
    points = [point for point in above if point.mode == mode]
    levels = ", ".join(f"{point.mean:,.0f}" for point in points)
    rounds = ", ".join(f"{point.round:,}" for point in points)
    shape = "flat" if is_flat(above, mode) else "still rising"
    return (
        f"{mode}: regret of LEC+selector {levels} after {rounds} rounds;"
        f" rise since round {LATE}: {plus_minus(points[-1].rise, points[-1].rise_se)}, {shape}"
    )
