"""What each quirk of the artifact is worth, the rest left as it is: paired runs with it and without.

python benchmarks/reproduction/quirks.py
"""

from collections.abc import Callable, Iterator
from itertools import product
from math import sqrt
from typing import NamedTuple

import numpy as np
from _recording import Row, Stopwatch, record

from pantler.simulator.reproduce import offline, standins
from pantler.simulator.reproduce.bandit import cost_with_bandit_feedback
from pantler.simulator.reproduce.compiled import Rules
from pantler.simulator.reproduce.datasets import LAMBADA, STRATEGIES, Case, run
from pantler.simulator.reproduce.full_information import cost_with_full_information
from pantler.simulator.reproduce.instances import COST_FLOOR, Instance, draw, redraw, workload
from pantler.simulator.reproduce.suite import ALPHAS, CAPACITY, QUERIES, RATIOS
from pantler.simulator.reproduce.suite import STRATEGIES as SYNTHETIC
from pantler.simulator.reproduce.summary import standard_error
from pantler.simulator.reproduce.synthetic import bandit_rules
from pantler.simulator.reproduce.workload import Floats, Workload

SEEDS = range(200)
LEC_CHOICE = SYNTHETIC[-1]
PLAIN_MEANS = Rules(CAPACITY, LEC_CHOICE.weighs_cost, LEC_CHOICE.selector, floor=COST_FLOOR)
Costs = Callable[[int], tuple[float, float]]


class Setting(NamedTuple):
    """Where a quirk is looked at; the ratio is of the synthetic suite."""

    where: str
    alpha: float
    ratio: float | None = None
    strategy: str = LEC_CHOICE.name


def compared(quirk: str, setting: Setting, costs: Costs) -> Row:
    """Run every seed with the quirk, then without it."""
    kept, removed = np.array([costs(seed) for seed in SEEDS]).T
    return row(quirk, setting, kept, removed)


def row(quirk: str, setting: Setting, kept: Floats, removed: Floats) -> Row:
    """Summarise paired costs, the change as a share of the cost with the quirk."""
    change = removed - kept
    return {
        "quirk": quirk,
        **setting._asdict(),
        "with": float(kept.mean()),
        "without": float(removed.mean()),
        "change": float(change.mean() / kept.mean()),
        "change_se": float(standard_error(change) / kept.mean()),
    }


def synthetic(seed: int, setting: Setting, *, drawn: Callable[[Instance], Instance] = lambda drawn: drawn) -> Workload:
    """Return the workload of a seed."""
    assert setting.ratio is not None
    return workload(drawn(draw(seed, setting.alpha)), setting.ratio)


def free_exploration(setting: Setting) -> Row:
    """Quirk 3: the large cost is shown on every miss, against the cost paid alone; plain means in both."""

    def costs(seed: int) -> tuple[float, float]:
        work = synthetic(seed, setting)
        return cost_with_full_information(work, PLAIN_MEANS), cost_with_bandit_feedback(work, PLAIN_MEANS)

    return compared("3 free exploration", setting, costs)


def no_bounds(setting: Setting, quirk: str, rules: Rules) -> Row:
    """Plain means under bandit feedback, against lower confidence bounds."""

    def costs(seed: int) -> tuple[float, float]:
        work = synthetic(seed, setting)
        return cost_with_bandit_feedback(work, PLAIN_MEANS), cost_with_bandit_feedback(work, rules)

    return compared(quirk, setting, costs)


def hindsight(setting: Setting) -> Row:
    """Quirk 4: the cache is chosen on the trace that it is scored on, against one chosen on another trace."""

    def costs(seed: int) -> tuple[float, float]:
        test, training = synthetic(seed, setting), synthetic(seed, setting, drawn=redraw)
        return paid_by_oracle(test, test), paid_by_oracle(test, training)

    return compared("4 hindsight", setting, costs)


def paid_by_oracle(test: Workload, log: Workload) -> float:
    """Choose on a log, pay on a test with an unerring oracle of realised costs."""
    learned = offline.learn(log)
    resident = offline.keep(learned, offline.oracle_scores(learned, LEC_CHOICE), CAPACITY)
    return offline.oracle_cost(offline.missed(test, resident), 1.0)


def oracle_sees_noise(setting: Setting) -> Row:
    """Quirk 5: the selector pays the cheaper realised cost, against the model cheaper on the mean."""

    def costs(seed: int) -> tuple[float, float]:
        work = synthetic(seed, setting)
        learned = offline.learn(work)
        misses = offline.missed(work, offline.keep(learned, offline.oracle_scores(learned, LEC_CHOICE), CAPACITY))
        return offline.oracle_cost(misses, 1.0), offline.plug_in_cost(misses, learned, 1.0)

    return compared("5 oracle sees noise", setting, costs)


def blind_score(setting: Setting, *, coin_per_query: bool = False) -> Row:
    """Quirk 6: the cache score ignores that the selector errs in one miss of five, against a score that knows."""

    def costs(seed: int) -> tuple[float, float]:
        if setting.ratio is not None:
            work, room = synthetic(seed, setting), CAPACITY
        else:
            terms = standins.Terms(setting.alpha, 2.0, coin_per_query)
            work, room = standins.workload(standins.LAMBADA, seed, terms), standins.CAPACITY
        learned = offline.learn(work)
        blind, aware = offline.oracle_scores(learned, LEC_CHOICE), offline.aware_scores(learned, LEC_CHOICE, 0.8)
        paid = [offline.oracle_cost(offline.missed(work, offline.keep(learned, s, room)), 0.8) for s in (blind, aware)]
        return paid[0], paid[1]

    return compared("6 blind score", setting, costs)


def penalty(alpha: float) -> Iterator[Row]:
    """Quirk 7: a failed small answer costs two large calls on top, against one."""

    def costs(factor: float) -> Floats:
        case = Case(LAMBADA, standins.LAMBADA, standins.Terms(alpha, factor, coin_per_query=False), 1.0)
        return run(case, SEEDS, lambda: None)

    kept, removed = costs(2.0), costs(1.0)
    for column, strategy in enumerate(STRATEGIES):
        if strategy.weighs_cost:
            setting = Setting("Lambada", alpha, strategy=strategy.name)
            yield row("7 penalty of two", setting, kept[:, column], removed[:, column])


def rows() -> Iterator[Row]:
    """Yield every comparison."""
    notebook_width = PLAIN_MEANS._replace(width=sqrt(QUERIES))
    for ratio, alpha in product(RATIOS, ALPHAS):
        online, static = Setting("online", alpha, ratio), Setting("offline", alpha, ratio)
        yield free_exploration(online)
        yield no_bounds(online, "no bounds, notebook width", notebook_width)
        yield no_bounds(online, "no bounds, theory width", bandit_rules(LEC_CHOICE, ratio))
        yield hindsight(static)
        yield oracle_sees_noise(static)
        yield blind_score(static)
    for alpha in LAMBADA.alphas:
        yield blind_score(Setting("Lambada, coin per miss", alpha))
        yield blind_score(Setting("Lambada, coin per query", alpha), coin_per_query=True)
        yield from penalty(alpha)


if __name__ == "__main__":
    took = Stopwatch()
    record("quirks", list(rows()), seeds=f"seeds {SEEDS[0]} to {SEEDS[-1]}", took=took)
