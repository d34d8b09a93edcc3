"""The plans that a judge ends, which are challengers of their own: by how much the cost of one may be off.

r = share that reaches the last model    g = price of the last + w_e (its P(wrong) - P(wrong) of what is kept)
deviation^2 = g^2 (r (1 - r) + 1 / (SETTLED + n)) / (1 + n)                n: times that the judge has heard it
+ (w_e P(wrong and kept))^2 / (HOLD LET_THROUGH + s)         s: answers kept that were said wrong
"""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from pantler.core.types import Plan

LET_THROUGH, HOLD = 0.5, 3.0  # how many wrong answers a judge is taken to keep, held as tightly as by so many of them
SETTLED = 30.0  # times that a judge has heard a plan, and labels of what it kept, by which the plan is known
Models = tuple[str, ...]


class Challenger(NamedTuple):
    """A plan that a judge ends: its expected cost at a query, and the standard deviation of that, 0 once settled."""

    plan: Plan
    cost: float
    deviation: float


class Heard(NamedTuple):
    """How often a judge has heard a plan, how many labels there were of what it kept, and how many said wrong."""

    times: float
    labels: float
    said_wrong: float

    @property
    def is_settled(self) -> bool:
        """Whether the plan is known."""
        return self.times >= SETTLED and self.labels >= SETTLED


NO_CHALLENGERS: Mapping[Models, Challenger] = {}


def deviation(heard: Heard, reach: float, going_on: float, kept_wrong: float) -> float:
    """Of a plan's cost; `kept_wrong` is w_e P(wrong and kept), which like `going_on`, g, is in nano-dollars."""
    if heard.is_settled:
        return 0.0
    of_reach = (reach * (1.0 - reach) + 1.0 / (heard.times + SETTLED)) / (heard.times + 1.0)
    of_keeping = kept_wrong * kept_wrong / (HOLD * LET_THROUGH + heard.said_wrong)
    return sqrt(going_on * going_on * of_reach + of_keeping)
