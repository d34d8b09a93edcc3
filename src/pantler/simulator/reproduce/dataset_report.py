"""Stand-ins for the data sets beside the published cells."""

from collections.abc import Sequence
from typing import Final

import msgspec

from pantler.simulator.reproduce.datasets import STRATEGIES, Case, DataSet
from pantler.simulator.reproduce.report import Report, Table, plus_minus
from pantler.simulator.reproduce.summary import Summary, summarise
from pantler.simulator.reproduce.workload import Floats

ARTIFACT_PENALTY: Final = 2.0
CLOSE: Final = 0.1
FITTED: Final = "LFU+large"
"""The column whose level the stand-ins' parameters were chosen to meet."""


class Cell(msgspec.Struct, frozen=True):
    """One strategy on one stand-in; costs in `unit`, ratio of LFU+large's cost to this one's."""

    dataset: str
    stand_in: str
    scenario: str
    alpha: float
    accuracy: float
    penalty: float
    selector_errors: str
    strategy: str
    mean: float
    se: float
    published: float | None
    verdict: str
    ratio_of_means: float
    ratio_of_means_se: float
    unit: str
    seeds: int


def cells(case: Case, costs: Floats) -> list[Cell]:
    """Summarise costs of shape (seeds, strategies) of one row."""
    return [_cell(case, column, summary, len(costs)) for column, summary in enumerate(summarise(costs))]


def report(data_set: DataSet, found: Sequence[Cell]) -> Report:
    """Lay cells out, one line each."""
    unit = data_set.unit
    header = ["stand-in", "alpha", "acc", "strategy", "stand-in's cost", "published", "LFU+large / this", "verdict"]
    rows = [
        [
            cell.stand_in,
            f"{cell.alpha:g}",
            f"{cell.accuracy:g}",
            cell.strategy,
            plus_minus(cell.mean, cell.se, unit.scale),
            f"{cell.published / unit.scale:.2f}" if cell.published is not None else "-",
            f"{cell.ratio_of_means:.2f}",
            cell.verdict,
        ]
        for cell in found
    ]
    title = f"Stand-in for {data_set.name}, {data_set.scenario}, cost / {unit.shown}, {found[0].seeds} seeds"
    findings = ["a stand-in: the artifact does not contain the data; the LFU+large level is a fit, the rest follows"]
    return Report(title, Table(header, rows), findings + _ratios(data_set, found), {"cells": found})


def _cell(case: Case, column: int, summary: Summary, seeds: int) -> Cell:
    table = case.data_set.published.get((case.terms.alpha, case.accuracy))
    published = table[column] if table else None
    strategy = STRATEGIES[column].name
    return Cell(
        case.data_set.name,
        case.stand_in.name,
        case.data_set.scenario,
        case.terms.alpha,
        case.accuracy,
        case.terms.penalty,
        "per-query" if case.terms.coin_per_query else "per-miss",
        strategy,
        summary.mean,
        summary.error,
        published,
        verdict(case, strategy, summary.mean / published) if published else "no published cell",
        *summary.ratio_of_means,
        case.data_set.unit.raw,
        seeds,
    )


def verdict(case: Case, strategy: str, share: float) -> str:
    """Judge a stand-in's cost as a share of the published one."""
    if case.terms.penalty != ARTIFACT_PENALTY or case.terms.coin_per_query:
        return "other terms than published"
    distance = f"{share - 1.0:+.0%}"
    if strategy == FITTED:
        return f"fit ({distance})"
    return f"close ({distance})" if abs(share - 1.0) <= CLOSE else f"not matched ({distance})"


def _ratios(data_set: DataSet, found: Sequence[Cell]) -> list[str]:
    findings = []
    for cell in found:
        table = data_set.published.get((cell.alpha, cell.accuracy))
        if cell.strategy == STRATEGIES[-1].name and table:
            findings.append(
                f"{cell.stand_in}, alpha {cell.alpha:g}, accuracy {cell.accuracy:g}: LFU+large / LEC+sel"
                f" {cell.ratio_of_means:.2f} ± {cell.ratio_of_means_se:.2f}, published {table[0] / table[-1]:.2f}"
            )
    return findings
