"""Whether a route that may lose 0.02 of the reference model's score loses no more, where answers are compared.

Each query comes once to the multiplexer as a route has it, with what every model answered as it was recorded; the
weight of an error is found on the way and nothing is rated. `as fitted` believes what several say as their panel makes
it, `doubted` by the odds with which agreement was wrong on the train split, by chances across folds. So are those of
the train split here. Prints commit, versions and seed; writes results/quality_loss.csv.

    python benchmarks/quality_loss.py [FOLDER] [--out FILE]
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from _arguments import outcome_arguments, parsed
from _record import announced, told, write
from multiplexers import RESULTS, splits
from numpy.typing import NDArray

from pantler.core.beliefs import Beliefs
from pantler.core.briefs import Brief
from pantler.core.cost import Weights
from pantler.core.plans import direct
from pantler.core.types import Appraisal, Miss, Outcome, Query
from pantler.embedders.wordllama import WordLlama
from pantler.estimators.mean import Mean
from pantler.learning.erring import Erring
from pantler.learning.exploring import Exploring
from pantler.learning.opinions import Opinions, Told
from pantler.multiplexers.learned import Learned
from pantler.simulator.evaluation.cascading import compared
from pantler.simulator.fitting.appraising import appraised
from pantler.simulator.fitting.charging import charges
from pantler.simulator.fitting.crossing import said
from pantler.simulator.fitting.kinds import Labelled
from pantler.simulator.fitting.panels import coded, erring
from pantler.texts.reading import Reading
from pantler.traces.outcomes import Outcomes

SEED, LOSS, NANO = 0, 0.02, 1e9
NAMES = ("zeroeval_crux", "zeroeval_math_l5")
Array = NDArray[np.float64]


class NoRoom:
    """Nothing is kept."""

    def keeps(self, query: Query, saved: float) -> bool:
        return False


@dataclass(frozen=True)
class Asked:
    """Queries with what is expected of each model, what each of them answered, as numbers, and the reference."""

    outcomes: Outcomes
    chances: Array
    expected: Array
    texts: NDArray[np.int64]
    reference: int


@dataclass(frozen=True)
class Route:
    """What chooses, and what it makes of answers."""

    multiplexer: Exploring
    opinions: Opinions


@dataclass(frozen=True)
class Served:
    """Of one query: how many were asked, what is believed of what was served, how wrong it and the reference are."""

    asked: int
    believed: float
    wrong: float
    reference_wrong: float
    paid: float
    reference_paid: float


def fitted(train: Outcomes, test: Outcomes) -> tuple[Erring, Asked, Asked]:
    """To the train split; both splits as a route would find them."""
    reading = Reading(WordLlama())
    known, asked = (Labelled(reading.many(of.prompts), (1.0 - of.scores).astype(np.float32)) for of in (train, test))
    charged = charges(train)
    found = appraised(train, known, charged, lambda _: None)
    best = int(np.argmax(train.scores.mean(axis=0)))
    made = [
        Asked(of, chances.astype(float), charged.expected(of.tokens_in), coded(compared(of.answers)), best)
        for of, chances in ((train, found.across), (test, said(found.mean, asked)))
    ]
    return erring(made[0].chances, 1.0 - train.scores, made[0].texts), made[0], made[1]


def served(of: Asked, errs: Erring) -> Iterator[Served]:
    """Every query once, in an order drawn."""
    models = of.outcomes.models
    means = {model: Mean() for model in models}, {model: Mean(0.5) for model in models}
    plans, goal = tuple(direct(models)), {"max_quality_loss": LOSS, "is_fitted": True, "compares": True}
    told = Brief(models, models[of.reference], plans, Weights(), Beliefs(*means, 0.0), erring=errs, **goal)
    route = Route(Learned.for_route(told), Opinions(errs, models, compares=True, doubt=errs.hopeful))
    for row in np.random.default_rng(SEED).permutation(len(of.outcomes)):
        yield one(route, of, int(row))


def one(route: Route, of: Asked, row: int) -> Served:
    """One query, as the live loop asks for it."""
    models, scores, costs = of.outcomes.models, of.outcomes.scores[row], of.outcomes.costs[row]
    texts = dict(zip(models, (of.texts[row] + 1).tolist(), strict=True))
    prices = tuple((NANO * of.expected[row]).tolist())
    query = Query(row + 1, appraisal=Appraisal(tuple(of.chances[row].tolist()), prices, models=models))
    call = route.multiplexer.choose(Miss(query), NoRoom())
    kept = asks = call.plan.models[0]
    asked: list[str] = []
    while asks:
        others = [model for model in asked if model != kept]
        asked.append(asks)
        order = [kept, *others, *([asks] if asks != kept else [])]
        if not call.serves:
            break
        further = route.multiplexer.further(query, [(model, texts[model]) for model in order], call.serves)
        kept, asks = further.kept, further.asks
    charged = tuple((model, NANO * float(costs[models.index(model)])) for model in asked)
    paid = sum(charge for _, charge in charged)
    digests = tuple(texts[model] for model in asked)
    route.multiplexer.learn(Outcome(query, kept, paid, charged, plan=call.plan, texts=digests), None)
    before = route.multiplexer.correction.cautious(query.appraisal)
    told = Told(before, dict(zip(asked, digests, strict=True)), ((0.0, 0.0),) * len(models))
    place, best = models.index(kept), of.reference
    wrong = 1.0 - float(scores[place]), 1.0 - float(scores[best])
    return Served(len(asked), route.opinions.chances(told)[place], *wrong, paid / NANO, float(costs[best]))


def row_of(each: list[Served]) -> dict[str, object]:
    """Means, with the standard error of the loss."""
    lost = np.array([one.wrong - one.reference_wrong for one in each])
    several = [one for one in each if one.asked > 1]
    return {
        "queries": len(each),
        "loss": round(float(lost.mean()), 4),
        "loss_se": round(float(lost.std(ddof=1)) / len(each) ** 0.5, 4),
        "cost": round(sum(one.paid for one in each) / sum(one.reference_paid for one in each), 4),
        "several": len(several),
        "believed": round(float(np.mean([one.believed for one in several])), 4) if several else "",
        "wrong": round(float(np.mean([one.wrong for one in several])), 4) if several else "",
    }


def rows_of(name: str, folder: Path) -> Iterator[dict[str, object]]:
    """Both ways on both splits of a set."""
    errs, *asked = fitted(*splits(folder, name))
    for way, hopeful in (("as fitted", 1.0), ("doubted", errs.hopeful)):
        for split, of in zip(("train", "test"), asked, strict=True):
            found = row_of(list(served(of, replace(errs, hopeful=hopeful))))
            yield {"set": name, "split": split, "way": way, "doubt": round(hopeful, 3), **found}


def main() -> None:
    """Every set whose answers can be compared and that is quickly fitted to."""
    options = parsed(outcome_arguments(__doc__, RESULTS / "quality_loss.csv"))
    origin = announced(SEED)
    rows = told(row for name in NAMES for row in rows_of(name, options.folder))
    write(options.out, rows, origin)


if __name__ == "__main__":
    main()
