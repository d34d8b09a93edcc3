"""What the judge `signs` is worth: cascades of cheap models before the best one, by what decides where they stop.

Two cheap models are asked, one after the other, then the best one. `agreement` keeps what both say. `signs` keeps an
answer by what it shows, here its length and whether the one before says the same, at the stop that was fitted to each
price of a wrong answer; `signs, fixed` keeps it where it is said to be rather right than wrong, whatever a wrong answer
costs. All is fitted to the train split, the pair of cheap models is chosen there too by the area reached, and at each
price the cascade or a single model is taken, whichever costs less there. Reported on the test split, with the random
mix of single models. Prints commit, versions and seed; writes results/cascades.csv.

    python benchmarks/cascades.py [FOLDER] [--out FILE]
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from math import isnan
from pathlib import Path

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, told, write
from multiplexers import RESULTS, SETS, splits
from numpy.typing import NDArray

from pantler.core.normal import normal
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.measuring import Contender, measured
from pantler.simulator.evaluation.sweeping import TOLD, Sweep, area
from pantler.simulator.fitting.signs import odds_of, seen_in, signing, stop_at
from pantler.texts.signs import Signs, scaled
from pantler.traces.outcomes import Outcomes

Array = NDArray[np.float64]
SEED = 0
PRICES = (*np.geomspace(0.3, 1000.0, 12), TOLD)  # of a wrong answer, in mean calls of the best model; TOLD is last
MOST_CHEAP = 5  # models of which pairs are made, those of the largest share of right answers for their cost
Pair = tuple[int, int]
Kept = Callable[["Split", Pair, int], tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""Whether the first answer of a pair is kept, and whether the second one is, at a place of PRICES."""


class Split:
    """Outcomes with what two models say the same, compared once."""

    def __init__(self, outcomes: Outcomes) -> None:
        self.outcomes = outcomes
        said = np.array([[normal(text) for text in row] for row in outcomes.answers], object)
        models = range(len(outcomes.models))
        self.agreeing = {
            pair: (said[:, pair[0]] == said[:, pair[1]]) & (said[:, pair[0]] != "") for pair in permutations(models, 2)
        }


@dataclass(frozen=True)
class Task:
    """The splits of a set, and the place of the best model."""

    known: Split
    asked: Split
    best: int

    @property
    def train(self) -> Outcomes:
        """What is fitted to."""
        return self.known.outcomes

    @property
    def test(self) -> Outcomes:
        """What is reported."""
        return self.asked.outcomes

    @property
    def prices(self) -> list[float]:
        """US dollars that a wrong answer costs."""
        return [float(price) * float(self.train.costs[:, self.best].mean()) for price in PRICES]


def by_agreement(of: Split, pair: Pair, _: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The second one where it says what the first one said."""
    return np.zeros(len(of.outcomes), np.bool_), of.agreeing[pair]


def by_signs(signs: Signs, stops: Sequence[float]) -> Kept:
    """Each answer by its own signs."""

    def kept(of: Split, pair: Pair, at: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        alone, beside = np.full(len(of.outcomes), np.nan), of.agreeing[pair].astype(float)
        first, second = (odds(signs, of.outcomes, *each) for each in zip(pair, (alone, beside), strict=True))
        return first <= stops[at], second <= stops[at]

    return kept


def odds(signs: Signs, of: Outcomes, place: int, same: Array) -> Array:
    """That the model's answers are wrong, by what they show."""
    told = (of.checked[:, place], of.confidence[:, place], np.log1p(of.tokens_out[:, place]), same)
    found: Array = signs.bias[place] + scaled(np.column_stack(told), signs.centre, signs.scale) @ signs.weights
    return found


def carried(split: Split, pair: Pair, best: int, kept: Kept) -> Sweep:
    """Costs and scores of the cascade at each price."""
    of, costs, scores = split.outcomes, [], []
    for at in range(len(PRICES)):
        first, second = kept(split, pair, at)
        charged = [of.costs[:, pair[0]], of.costs[:, pair[1]], of.costs[:, best]]
        costs.append(charged[0] + np.where(first, 0.0, charged[1] + np.where(second, 0.0, charged[2])))
        cases = [of.scores[:, pair[0]], of.scores[:, pair[1]], of.scores[:, best]]
        scores.append(np.select([first, second], cases[:2], cases[2]))
    return Sweep(np.array(costs), np.array(scores))


def beside_singles(task: Task, cascade: tuple[Sweep, Sweep]) -> tuple[Sweep, Sweep]:
    """At each price whichever costs least on the train split, the cascade or a single model; on both splits."""
    on_train, on_test = cascade
    chosen: list[tuple[list[Array], list[Array]]] = [([], []), ([], [])]
    for at, price in enumerate(task.prices):
        of_cascade = on_train.costs[at] + price * (1.0 - on_train.scores[at])
        alone = task.train.costs + price * (1.0 - task.train.scores)
        model = int(np.argmin(alone.mean(axis=0)))
        takes = of_cascade.mean() < alone[:, model].mean()
        for (costs, scores), of, sweep in zip(chosen, (task.train, task.test), (on_train, on_test), strict=True):
            costs.append(sweep.costs[at] if takes else of.costs[:, model])
            scores.append(sweep.scores[at] if takes else of.scores[:, model])
    train, test = (Sweep(np.array(costs), np.array(scores)) for costs, scores in chosen)
    return train, test


def judged(task: Task, kept: Kept) -> tuple[Pair, Sweep]:
    """The pair whose area is largest on the train split, and what it does on the test split."""
    single = singles(task.train.scores, task.train.costs)
    found = {}
    for pair in permutations(cheap(task), 2):
        train, test = beside_singles(task, tuple(carried(of, pair, task.best, kept) for of in (task.known, task.asked)))
        found[pair] = (area(train, single), test)
    best = max(found, key=lambda pair: found[pair][0])
    return best, found[best][1]


def cheap(task: Task) -> list[int]:
    """Models that cost less than half of the best one, those that are right most often."""
    means, right = task.train.costs.mean(axis=0), task.train.scores.mean(axis=0)
    places = [int(at) for at in np.argsort(-right) if means[at] < 0.5 * means[task.best]]
    return places[:MOST_CHEAP]


def rows_of(name: str, folder: Path) -> Iterator[dict[str, object]]:
    """Every judge on one set; none where it holds no answers to compare."""
    train, test = splits(folder, name)
    if not (train.answers != "").any():
        return
    task = Task(Split(train), Split(test), singles(train.scores, train.costs).best)
    fitted = signing(train, task.best, task.prices[-1])
    assert fitted is not None, f"{name} holds answers, and enough of them"
    seen = seen_in(train, task.best)
    judged_so = (seen, odds_of(fitted.signs, seen))
    stops = [stop_at(train, task.best, price, judged_so) for price in task.prices]
    judges: dict[str, Kept] = {
        "agreement": by_agreement,
        "signs, fixed": by_signs(fitted.signs, [0.0] * len(stops)),
        "signs": by_signs(fitted.signs, stops),
    }
    mix = Sweep(test.costs.T, test.scores.T)
    yield {"set": name, "judge": "random mix", "cheap": "", **measures("random mix", mix, task)}
    for judge, kept in judges.items():
        pair, sweep = judged(task, kept)
        models = " then ".join(train.models[at] for at in pair)
        yield {"set": name, "judge": judge, "cheap": models, **measures(judge, sweep, task)}


def measures(name: str, sweep: Sweep, task: Task) -> dict[str, object]:
    """Area and costs, with the interval of the gain over the random mix."""
    row = asdict(measured(Contender(name, sweep), task.test, Sweep(task.test.costs.T, task.test.scores.T)))
    wanted = ("aiq", "aiq_gain_low", "aiq_gain_high", "c95", "c98", "c100", "pen10")
    return {key: "" if row[key] is None or isnan(row[key]) else round(row[key], 4) for key in wanted}


def main() -> None:
    """Every set that holds answers."""
    options = parsed(outcome_arguments(__doc__, RESULTS / "cascades.csv"))
    origin = announced(SEED)
    rows = told(row for name in SETS for row in rows_of(name, options.folder))
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
