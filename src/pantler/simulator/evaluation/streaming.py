"""Multiplexers that learn online, each on a stream of which it sees what its own choices bring.

Value is cost and penalty, relative to the best single model in hindsight over the same requests: of the first FIRST,
of the rest, of the second half. A model that comes on the way is brought in as a reload does: the learner is made anew
with it and takes up what was learned.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import odds
from pantler.core.cost import Weights
from pantler.core.packing import as_kept
from pantler.core.plans import direct
from pantler.core.seams import Learner, Multiplexer
from pantler.core.types import Appraisal, Miss, Outcome, Query
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import BLANK, FITTED, Doubts
from pantler.learning.exploring import Exploring
from pantler.learning.guesses import by_siblings, by_tiers
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned
from pantler.multiplexers.tabular import Tabular, Terms
from pantler.simulator.evaluation.streams import Stream

Array = NDArray[np.float64]
FIRST = 1000


@dataclass(frozen=True)
class Streamed:
    """One multiplexer on a stream: values relative to the best single model's, the mean over the seeds.

    `changed` is the value from the change on, relative to what the frozen multiplexer paid; `tried` the share of
    requests that were decided by a draw; `second_half_error` the standard error of `second_half`, 0 with one seed.
    """

    scenario: str
    multiplexer: str
    first: float
    rest: float
    second_half: float
    whole: float
    changed: float
    tried: float
    second_half_error: float


CONTENDERS = ("warm", "from nothing", "tabular")


@dataclass(frozen=True)
class Regime:
    """A wrong answer costs `penalty` mean calls of the best training model, the reference.

    So many orders are tried, of so many of the CONTENDERS.
    """

    penalty: float = 30.0
    seeds: int = 2
    among: tuple[str, ...] = CONTENDERS


class _NoCache:
    """Nothing is kept, as every query comes once."""

    def keeps(self, query: Query, saved: float) -> bool:
        return False


Made = Callable[[Stream, Sequence[int], Sequence[int]], Multiplexer]  # over places, of which some are newcomers


def streamed(stream: Stream, scenario: str, regime: Regime, advance: Callable[[int], None]) -> Iterator[Streamed]:
    """Every contender on the stream in several orders, after what needs no learning."""
    paid: dict[str, list[tuple[Stream, Array, float]]] = {}
    for seed in range(regime.seeds):
        each = stream.shuffled(seed).changed(scenario, seed)
        values, rows = each.values, np.arange(len(each))
        paid.setdefault("best single", []).append((each, values[:, _best(each)], 0.0))
        paid.setdefault("frozen", []).append((each, values[rows, each.frozen()], 0.0))
        for name in regime.among:
            chosen, tried = followed(each, _MADE[name])
            paid.setdefault(name, []).append((each, values[rows, chosen], tried))
            advance(1)
    for name, runs in paid.items():
        yield _row(scenario, name, runs)


def followed(stream: Stream, made: Made) -> tuple[NDArray[np.intp], float]:
    """The place of the model that was asked at each request, and the share decided by a draw."""
    every = list(range(len(stream.models)))
    known = [place for place in every if place != stream.absent]
    multiplexer = made(stream, known, ())
    chosen, tried = [], 0
    for row in range(len(stream)):
        if row == stream.broken and stream.absent >= 0:
            multiplexer, known = _reloaded(multiplexer, made(stream, every, (stream.absent,))), every
        query = Query(row, appraisal=_appraisal(stream, row, known, multiplexer))
        call = multiplexer.choose(Miss(query), _NoCache())
        model = call.plan.models[0]
        place = stream.models.index(model)
        charges = ((model, float(stream.costs[row, place])),)
        multiplexer.learn(
            Outcome(query, model, charges[0][1], charges, wrong=float(stream.labels[row, place]), plan=call.plan), None
        )
        chosen.append(place)
        tried += call.propensity < 1.0
    return np.array(chosen), tried / len(stream)


def _reloaded(before: Multiplexer, after: Multiplexer) -> Multiplexer:
    if isinstance(before, Learner) and isinstance(after, Learner):
        after.restore(as_kept(before.snapshot()))
    return after


def _appraisal(stream: Stream, row: int, known: Sequence[int], multiplexer: Multiplexer) -> Appraisal | None:
    """As the gateway makes it: of the known models, newcomers by their siblings; by prices alone from nothing."""
    if not isinstance(multiplexer, Exploring):
        return None
    prices = tuple(stream.expected[row, known].tolist())
    if multiplexer.correction.doubts is BLANK:
        reference = list(known).index(stream.reference)
        return Appraisal(tuple(by_tiers(prices, reference).tolist()), prices, stream.vectors[row])
    wrong = stream.wrong[row].copy()
    if stream.absent in known:
        others = [place for place in known if place != stream.absent]
        said = odds(wrong[others].astype(np.float32)).astype(float)
        guess = by_siblings(said, stream.expected[row, others], stream.expected[row, stream.absent])
        wrong[stream.absent] = 1.0 / (1.0 + np.exp(-guess))
    return Appraisal(tuple(wrong[known].tolist()), prices)


def _warm(stream: Stream, known: Sequence[int], newcomers: Sequence[int]) -> Multiplexer:
    return _exploring(stream, known, newcomers, FITTED)


def _blank(stream: Stream, known: Sequence[int], newcomers: Sequence[int]) -> Multiplexer:
    return _exploring(stream, known, newcomers, BLANK)


def _exploring(stream: Stream, known: Sequence[int], newcomers: Sequence[int], doubts: Doubts) -> Multiplexer:
    models = tuple(stream.models[place] for place in known)
    reference = stream.models[stream.reference]
    weights = Weights(error=stream.value)
    inner = Learned(direct(models), reference, Trust(weights))
    late = frozenset(stream.models[place] for place in newcomers)
    dimensions = stream.vectors.shape[1] if doubts is BLANK else 0
    return Exploring(inner, Correction(Roster(models, reference, late, dimensions), doubts), weights)


def _tabular(stream: Stream, known: Sequence[int], newcomers: Sequence[int]) -> Multiplexer:
    plans = direct([stream.models[place] for place in known])
    return Tabular(plans, stream.models[stream.reference], Terms(Weights(error=stream.value)))


_MADE: dict[str, Made] = dict(zip(CONTENDERS, (_warm, _blank, _tabular), strict=True))


def _best(stream: Stream) -> int:
    """The best single model that was there from the start."""
    means = stream.values.mean(axis=0)
    if stream.absent >= 0:
        means[stream.absent] = np.inf
    return int(np.argmin(means))


def _row(scenario: str, name: str, runs: Sequence[tuple[Stream, Array, float]]) -> Streamed:
    def by_seed(start: float, end: float) -> Array:
        return np.array([_mean(paid, start, end) / _mean(_single(each), start, end) for each, paid, _ in runs])

    def relative(start: float, end: float) -> float:
        return float(by_seed(start, end).mean())

    half, count = len(runs[0][0]) // 2, len(runs[0][0])
    changed = [_mean(paid, each.broken, count) / _mean(_frozen(each), each.broken, count) for each, paid, _ in runs]
    return Streamed(
        scenario=scenario,
        multiplexer=name,
        first=relative(0, FIRST),
        rest=relative(min(FIRST, half), count),
        second_half=relative(half, count),
        whole=relative(0, count),
        changed=float(np.mean(changed)),
        tried=float(np.mean([tried for _, _, tried in runs])),
        second_half_error=float(by_seed(half, count).std(ddof=min(1, len(runs) - 1)) / np.sqrt(len(runs))),
    )


def _mean(paid: Array, start: float, end: float) -> float:
    return float(paid[int(start) : int(end)].mean())


def _single(stream: Stream) -> Array:
    found: Array = stream.values[:, _best(stream)]
    return found


def _frozen(stream: Stream) -> Array:
    found: Array = stream.values[np.arange(len(stream)), stream.frozen()]
    return found
