"""The synthetic cells beside the published ones, judged by the means of five hundred seeds."""

from collections.abc import Sequence
from math import hypot, sqrt

import msgspec

from pantler.simulator.reproduce.published import (
    HEADLINE,
    HEADLINE_MEDIAN_RATIO,
    HEADLINE_RATIO_OF_MEANS,
    TARGET_SEEDS,
    published,
    target,
)
from pantler.simulator.reproduce.report import Report, Table, plus_minus
from pantler.simulator.reproduce.suite import SETTINGS, STRATEGIES, Setting
from pantler.simulator.reproduce.summary import Summary, summarise
from pantler.simulator.reproduce.workload import Floats

MATCHED, NEAR = 3.0, 4.0
NO_TARGET = "no target"


class Cell(msgspec.Struct, frozen=True):
    """One strategy under one setting; costs in raw units, ratios of LFU+m1's cost to this one's.

    `z` is the distance from the target in standard errors of both.
    """

    scenario: str
    alpha: float
    ratio: float
    accuracy: float
    strategy: str
    mode: str
    mean: float
    se: float
    published: float | None
    target: float | None
    z: float | None
    verdict: str
    ratio_of_means: float
    ratio_of_means_se: float
    median_ratio: float
    median_ratio_se: float
    seeds: int


def cells(costs: Floats, mode: str) -> list[Cell]:
    """Summarise costs of shape (seeds, settings, strategies) as one cell per setting with strategy."""
    return [
        _cell(setting, column, mode, summary, len(costs))
        for row, setting in enumerate(SETTINGS)
        for column, summary in enumerate(summarise(costs[:, row]))
    ]


def report(found: Sequence[Cell]) -> Report:
    """Lay cells out with the modes side by side."""
    modes = list(dict.fromkeys(cell.mode for cell in found))
    by_mode = {mode: [cell for cell in found if cell.mode == mode] for mode in modes}
    header = ["scenario", "alpha", "ratio", "acc", "strategy", *modes, "published"]
    judged = by_mode.get("faithful", [])
    if judged:
        header += ["500-seed mean", "verdict"]
    rows = [
        [*_place(row[0]), *(plus_minus(cell.mean, cell.se, 1000) for cell in row), *_references(row[0], bool(judged))]
        for row in zip(*by_mode.values(), strict=True)
    ]
    title = f"Synthetic suite, cumulative cost / 1000, mean ± standard error over {found[0].seeds} seeds"
    return Report(title, Table(header, rows), _findings(by_mode), {"cells": found})


def _cell(setting: Setting, column: int, mode: str, summary: Summary, seeds: int) -> Cell:
    expected = target(setting, column)
    z = (summary.mean - expected.mean) / hypot(summary.error, expected.deviation / sqrt(TARGET_SEEDS))
    is_faithful = mode == "faithful"
    return Cell(
        *setting,
        STRATEGIES[column].name,
        mode,
        summary.mean,
        summary.error,
        published(setting, column),
        expected.mean if is_faithful else None,
        z if is_faithful else None,
        verdict(z) if is_faithful else NO_TARGET,
        *summary.ratio_of_means,
        *summary.median_ratio,
        seeds,
    )


def verdict(z: float) -> str:
    """Judge a distance in standard errors."""
    if abs(z) <= MATCHED:
        return "matched"
    return "near" if abs(z) <= NEAR else "off"


def _place(cell: Cell) -> list[str]:
    return [cell.scenario, f"{cell.alpha:g}", f"{cell.ratio:g}", f"{cell.accuracy:g}", cell.strategy]


def _references(cell: Cell, is_judged: bool) -> list[str]:
    shown = [f"{cell.published / 1000:.2f}" if cell.published is not None else "-"]
    if is_judged and cell.target is not None:
        shown += [f"{cell.target / 1000:.2f}", cell.verdict]
    return shown


def _findings(by_mode: dict[str, list[Cell]]) -> list[str]:
    findings = []
    judged = by_mode.get("faithful", [])
    if judged:
        distances = [abs(cell.z) for cell in judged if cell.z is not None]
        matched = sum(distance <= MATCHED for distance in distances)
        findings.append(
            f"faithful: {matched} of {len(distances)} cells within {MATCHED:g} standard errors of the artifact's"
            f" {TARGET_SEEDS}-seed means, the farthest at {max(distances):.2f}"
        )
    for mode, found in by_mode.items():
        best = next(cell for cell in found if _place(cell)[:4] == _place_of(HEADLINE) and cell.strategy == "LEC+sel")
        findings.append(
            f"{mode}: LFU+m1 / LEC+sel at {' / '.join(_place_of(HEADLINE))}: ratio of means"
            f" {best.ratio_of_means:.1f} ± {best.ratio_of_means_se:.1f} (artifact {HEADLINE_RATIO_OF_MEANS}),"
            f" median ratio {best.median_ratio:.1f} ± {best.median_ratio_se:.1f} (artifact {HEADLINE_MEDIAN_RATIO})"
        )
    if "corrected" in by_mode:
        findings.append(
            "corrected: the constants of the online confidence bounds are as remembered, not checked against the paper"
        )
    return findings


def _place_of(setting: Setting) -> list[str]:
    return [setting.scenario, *(f"{value:g}" for value in setting[1:])]
