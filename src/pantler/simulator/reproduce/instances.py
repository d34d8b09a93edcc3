"""One seed's random instance of the synthetic suite.

The draws come from NumPy's legacy generator in the order in which the artifact makes them, so that a seed here is the
same instance as that seed there: twenty small costs, twenty large costs, ten thousand queries, then a pair of noises
per request. The selector's coins restart the same stream, as they do in the artifact.
"""

from typing import NamedTuple

import numpy as np

from pantler.simulator.reproduce.suite import QUERIES, ROUNDS
from pantler.simulator.reproduce.workload import Floats, Ids, Workload

COST_FLOOR = 0.1
TRAINING, COINS = 1, 2


class Instance(NamedTuple):
    """The chance of one seed at one alpha, unscaled by the cost ratio.

    `dear` has a row per query, `noise` a row per request; both have a column for small and one for large.
    """

    seed: int
    alpha: float
    dear: Floats
    ids: Ids
    noise: Floats


def draw(seed: int, alpha: float) -> Instance:
    """Draw the instance of a seed: who is dear, who comes when, how noisy each cost is."""
    random = np.random.RandomState(seed)
    dear = np.stack([random.binomial(n=1, p=0.5, size=QUERIES) for _ in range(2)], axis=1).astype(np.float64)
    ids = (random.power(alpha, ROUNDS) * QUERIES).astype(np.int64)
    return Instance(seed, alpha, dear, ids, random.normal(0.0, 1.0, size=(ROUNDS, 2)))


def redraw(instance: Instance) -> Instance:
    """Draw an independent training trace over the same queries at the same costs."""
    random = np.random.default_rng([instance.seed, TRAINING])
    ids = (random.power(instance.alpha, ROUNDS) * QUERIES).astype(np.int64)
    return instance._replace(ids=ids, noise=random.normal(0.0, 1.0, size=(ROUNDS, 2)))


def workload(instance: Instance, ratio: float) -> Workload:
    """Scale an instance to a cost ratio; a failed small answer is not modelled, so every answer counts as failed."""
    costs = np.maximum(COST_FLOOR, (instance.dear * ratio + 1.0)[instance.ids] + instance.noise)
    coins = np.random.RandomState(instance.seed).uniform(size=ROUNDS)
    failed = np.ones(ROUNDS, dtype=np.bool_)
    small, large = np.ascontiguousarray(costs.T)
    return Workload(QUERIES, instance.ids, small, large, failed, coins)


def fresh_coins(seed: int) -> Floats:
    """Draw selector coins that share nothing with the trace."""
    return np.random.default_rng([seed, COINS]).uniform(size=ROUNDS)
