"""What a route's choice is worth: 150 questions of which the cheap model gets half right, 30 % of the answers rated.

The dear model is always right at 30 times the price; room for a third of the answers, popularity Zipf 0.9. True cost =
price paid + weight x wrong answers served, hits too, as a share of asking the dear model every time.

    python benchmarks/routes.py [--seeds 10] [--out benchmarks/results/routes.csv]
"""

import argparse
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random
from statistics import mean, stdev

from _record import provenance, write

from pantler.build import policy
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.plans import direct
from pantler.core.seams import Multiplexer
from pantler.core.types import Outcome, Query, Rating, Serve
from pantler.multiplexers.oracle import Oracle
from pantler.multiplexers.tabular import Tabular, Terms

QUESTIONS, ROOM, ZIPF, RATED = 150, 50, 0.9, 0.3
PRICES = {"cheap": 1.0, "dear": 30.0}
MODELS = tuple(PRICES)
WEIGHTS = (0.0, 15.0, 60.0, 300.0)  # of a wrong answer, in calls of the cheap model
REQUESTS = (1_000, 10_000)


@dataclass(frozen=True)
class Questions:
    """Which of them the cheap model gets right, and the order in which they come."""

    right: list[bool]
    asked: list[int]

    @classmethod
    def made(cls, requests: int, rng: Random) -> "Questions":
        """Half of the questions, popular or not, are right."""
        right = [number % 2 == 0 for number in range(QUESTIONS)]
        rng.shuffle(right)
        popularity = [(number + 1) ** -ZIPF for number in range(QUESTIONS)]
        return cls(right, rng.choices(range(QUESTIONS), popularity, k=requests))

    def wrong(self, model: str, question: int) -> bool:
        """Whether this model's answer to the question is wrong, which it is every time."""
        return model == "cheap" and not self.right[question]


def strategies(questions: Questions, weight: float) -> dict[str, tuple[str, Multiplexer]]:
    """By name: the policy, and what chooses."""
    terms = Terms(Weights(error=weight))
    costs = {
        number: {model: PRICES[model] + weight * questions.wrong(model, number) for model in MODELS}
        for number in range(QUESTIONS)
    }
    return {
        "dear": ("lru", Tabular(direct(["dear"]), "dear", terms)),
        "cheap": ("lru", Tabular(direct(["cheap"]), "cheap", terms)),
        "tabular": ("auto", Tabular(direct(MODELS), "dear", terms)),
        "knowing": ("auto", Oracle(costs)),
    }


def true_cost(questions: Questions, chosen: tuple[str, Multiplexer], weight: float, rng: Random) -> float:
    """Over the whole stream, each request served by a hit or by a call."""
    name, multiplexer = chosen
    engine = Engine(Cache(policy(name, hashed=int), ROOM), multiplexer)
    total = 0.0
    for question in questions.asked:
        query = Query(question)
        found = engine.look(query)
        if isinstance(found, Serve):
            model = found.model
        else:
            call = engine.decide(found)
            assert not isinstance(call, Serve)
            model = call.plan.models[-1]
            total += PRICES[model]
            engine.learn(Outcome(query, model, PRICES[model]))
        is_wrong = questions.wrong(model, question)
        total += weight * is_wrong
        if rng.random() < RATED:
            engine.learn(Rating(query, model, float(not is_wrong)))
    return total


def row(requests: int, weight: float, seeds: int) -> dict[str, str | int | float]:
    """Mean share of the dear model's cost without a cache, with the standard error."""
    shares: dict[str, list[float]] = {}
    for seed in range(seeds):
        questions = Questions.made(requests, Random(seed))
        for name, chosen in strategies(questions, weight).items():
            cost = true_cost(questions, chosen, weight, Random(seed))
            shares.setdefault(name, []).append(cost / (requests * PRICES["dear"]))
    told: dict[str, str | int | float] = {"requests": requests, "weight": weight, "seeds": seeds}
    for name, found in shares.items():
        told |= {name: round(mean(found), 4), f"{name}_se": round(stdev(found) / sqrt(seeds), 4)}
    return told


def main() -> None:
    """Print the table, and write it beside its provenance."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/routes.csv"))
    options = parser.parse_args()
    origin = provenance(0)
    rows = [row(requests, weight, options.seeds) for requests in REQUESTS for weight in WEIGHTS]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write(options.out, rows, origin)
    print(f"{'requests':>9} {'weight':>7} {'dear':>7} {'cheap':>7} {'tabular':>8} {'knowing':>8}")
    for each in rows:
        print(
            f"{each['requests']:>9} {each['weight']:>7} {each['dear']:>7} {each['cheap']:>7} "
            f"{each['tabular']:>8} {each['knowing']:>8}"
        )


if __name__ == "__main__":
    main()
