"""Joint evaluations: every row on every mapping, and what is said of them.

True cost = price + penalty x wrong serves, a wrong stored answer counted at every serve.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import CapacityError
from pantler.simulator.joint.drawing import hits_while_kept
from pantler.simulator.joint.lane import Came, Draw, Terms, served
from pantler.simulator.joint.lineup import ORACLE, Contestant
from pantler.simulator.joint.ordered import through_the_engine
from pantler.simulator.joint.spread import spread
from pantler.simulator.joint.state import HITS_KEPT, NOTHING

Array = NDArray[np.float64]
ALONE = 1_000_000  # requests through the engine that take longer than starting processes for them


@dataclass(frozen=True)
class Row:
    """Means over the mappings: US dollars, wrong serves, US dollars, and the oracle's true cost as a share of that."""

    cache: str
    multiplexer: str
    price: float
    wrong: float
    true_cost: float
    oracle_share: float | None


@dataclass(frozen=True)
class Evaluation:
    """The rows with what they hold for; `unit` is the reference model's mean call in US dollars."""

    dataset: str
    popularity: str
    capacity: int
    feedback: float
    penalty: float
    unit: float
    mappings: int
    requests: int
    rows: list[Row]

    def to_json(self) -> str:
        """One object, its rows in the order in which they are shown."""
        return msgspec.json.encode(asdict(self)).decode()


def room(capacity: str, keys: int) -> int:
    """How many answers a capacity holds: a number, or percent of the keys. Raises CapacityError where it is neither."""
    text = capacity.strip()
    try:
        found = int(keys * float(text[:-1]) / 100.0) if text.endswith("%") else int(text)
    except (ValueError, OverflowError):
        raise CapacityError(f"capacity {capacity!r} is neither a number of answers nor a percentage; try 10%") from None
    if found < 1:
        raise CapacityError(f"a capacity of {capacity} of {keys} keys holds nothing; give at least one answer")
    return found


def run(contestant: Contestant, draw: Draw, terms: Terms) -> tuple[float, float]:
    """Price and wrong serves of one row on one mapping."""
    if contestant.alike is not None:
        terms = replace(terms, alike=contestant.alike)
    through = through_the_engine if contestant.policy == "auto" else served
    if contestant.rule.foresees == HITS_KEPT:
        draw = foretold(contestant, draw, terms)[1]
    came = through(contestant.policy, contestant.rule, contestant.options, draw, terms)
    return came.price, came.wrong


def foretold(contestant: Contestant, draw: Draw, terms: Terms) -> tuple[Came, Draw]:
    """What comes of a row that is told nothing, and the draw with the hits that its answers then had."""
    came = served(contestant.policy, contestant.rule._replace(foresees=NOTHING), contestant.options, draw, terms)
    return came, replace(draw, further=hits_while_kept(draw.keys, came.was_hit))


def raced(
    contestants: Sequence[Contestant], draws: Sequence[Draw], terms: Terms, advance: Callable[[int], None]
) -> Array:
    """(contestants, draws, 2): price and wrong serves; `advance` is told of every run."""
    every = list(product(range(len(contestants)), range(len(draws))))
    through = [place for place, contestant in enumerate(contestants) if contestant.policy == "auto"]
    many = len(through) * sum(len(draw.keys) for draw in draws) > ALONE
    apart = [each for each in every if many and each[0] in through]
    here = [each for each in every if each not in apart]
    found = np.empty((len(contestants), len(draws), 2))
    with spread(run, [(contestants[place], draws[turn], terms) for place, turn in apart]) as came:
        for place, turn in here:
            found[place, turn] = run(contestants[place], draws[turn], terms)
            advance(1)
        for (place, turn), result in zip(apart, came, strict=True):
            found[place, turn] = result
            advance(1)
    return found


def rows(contestants: Sequence[Contestant], came: Array, penalty: float, unit: float) -> list[Row]:
    """What the races come to, in dollars."""
    price, wrong = came.mean(axis=1).T
    true_cost = price + penalty * wrong
    oracle = next((cost for each, cost in zip(contestants, true_cost, strict=True) if each.multiplexer == ORACLE), None)
    return [
        Row(
            each.cache,
            each.multiplexer,
            float(unit * price[place]),
            float(wrong[place]),
            float(unit * true_cost[place]),
            None if oracle is None else float(oracle / true_cost[place]),
        )
        for place, each in enumerate(contestants)
    ]
