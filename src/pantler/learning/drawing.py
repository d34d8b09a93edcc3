"""Which plan is tried where tallies leave open which is best: by draws, within an allowance.

    draw k:   P(wrong) = f + (1 - f) e,   e ~ Normal(p', sqrt(p' (1 - p') / (n + HOLD))),
                                          p' = (n p + HOLD / 2) / (n + HOLD)
              p: what is believed of a plan's answers, n: its labels, f: its chance of failing, which is seen, not drawn
    asked     the plan that is best in one draw taken at random; its propensity is the share of the draws that have it

Only plans that DEVIATIONS could make the best are drawn: the band of uncertainty. One of few labels is asked only to
try it. What a plan is expected to cost beyond the best is paid by the allowance, a share of all cost expected so far.
"""

from collections import Counter
from math import sqrt
from random import Random
from typing import Any, NamedTuple

import msgspec

DRAWS = 16
HOLD = 3.0
DEVIATIONS = 2.0
FEW = 10.0  # labels of a plan that tell nothing yet
TRIAL = 0.25  # of the least expected cost: what trying a plan takes at least while little was heard of it
TRIED = "tried, for it may be better than what is known to be"
MOST_SAVED = 1000.0  # requests whose allowance may be saved up


class Open(NamedTuple):
    """A plan as it may be drawn: its expected cost, P(wrong) with the part of it that is failing, labels.

    Then whether it may be chosen but for trying.
    """

    cost: float
    wrong: float
    fails: float
    labels: float
    is_firm: bool


class Drawing:
    """`share` of all expected cost is what trying may take; `allowed` is the cost that is left of it after `requests`.

    The same request draws the same until another was accounted for, so that an explanation shows what will be asked.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.allowed = 0.0
        self.requests = 0

    def account(self, least: float, asked: Open | None) -> None:
        """Earn the share of what the best plan was expected to cost; pay for what was `asked` beyond it."""
        beyond = 0.0 if asked is None else _beyond(asked, least)
        self.requests += 1
        self.allowed = min(self.allowed + self.share * least - beyond, self.share * least * MOST_SAVED)

    def shares(self, plans: list[Open], best: int, error: float, *, key: int) -> tuple[int, dict[int, float]]:
        """The place of the plan to ask of a query, and the chance of each that may be; an error costs `error`."""
        least = plans[best].cost
        within = [
            (place, *_drawn(each, error))
            for place, each in enumerate(plans)
            if place == best or (0.0 <= _beyond(each, least) <= self.allowed)
        ]
        band = [each for each in within if each[0] == best or each[1] - DEVIATIONS * each[2] < least]
        if len(band) == 1:
            return best, {best: 1.0}
        gauss = Random(self.requests << 128 | key).gauss
        found = [min(band, key=lambda each: gauss(each[1], each[2]))[0] for _ in range(DRAWS)]
        return found[0], {place: count / DRAWS for place, count in Counter(found).items()}

    def snapshot(self) -> Any:
        return [self.allowed, self.requests]

    def restore(self, kept: Any) -> None:
        self.allowed, self.requests = msgspec.convert(kept, tuple[float, int])


def _drawn(plan: Open, error: float) -> tuple[float, float]:
    """Mean and standard deviation of a plan's cost in a draw."""
    held, answers = plan.labels + HOLD, 1.0 - plan.fails
    believed = (plan.wrong - plan.fails) / answers if answers > 0.0 else 0.0
    wrong = (plan.labels * believed + HOLD / 2.0) / held
    at_stake = error * answers
    return plan.cost + at_stake * (wrong - believed), at_stake * sqrt(wrong * (1.0 - wrong) / held)


def _beyond(plan: Open, least: float) -> float:
    """What trying a plan takes from the allowance; negative where it was passed over for another reason than cost."""
    return plan.cost - least if plan.is_firm else max(plan.cost - least, TRIAL * least)
