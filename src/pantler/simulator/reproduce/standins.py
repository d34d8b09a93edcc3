"""Made-up queries in place of the data sets that the artifact does not contain.

Lambada: token lengths N(83, 14) clipped to 40..200, priced in FLOPs of one forward pass; the lengths are a fit to the
published LFU+large level. OpenAssistant: independent normal latencies of the two models; no setting is a match. In
both, half of the queries are answered rightly by the small model, whatever they cost.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from pantler.simulator.reproduce.workload import Floats, Workload

QUERIES: Final = 100
CAPACITY: Final = 40
ROUNDS: Final = 10_000

Drawing = Callable[[np.random.Generator], tuple[Floats, Floats]]


class Transformer(NamedTuple):
    """The shape of a decoder, its feed-forward layer four times as wide as its hidden one."""

    layers: int
    hidden: int


class Latencies(NamedTuple):
    """Normal latencies in seconds as (mean, standard deviation) before clipping."""

    large: tuple[float, float]
    small: tuple[float, float]


class StandIn(NamedTuple):
    """A recipe for the costs of one hundred queries on the small and the large model."""

    name: str
    draw: Drawing


OPT_1_3B: Final = Transformer(layers=24, hidden=2048)
OPT_13B: Final = Transformer(layers=40, hidden=5120)
SHORTEST_SECONDS: Final = 0.3
LONGEST_SECONDS: Final = 6.2
"""The token limit ends the large model's answers at about this latency."""


def flops(model: Transformer, tokens: Floats) -> Floats:
    """Return the FLOPs of one forward pass: layers (8 s h^2 + 4 s h f + 4 s^2 h), f = 4 h."""
    h = model.hidden
    return model.layers * (8.0 * tokens * h**2 + 4.0 * tokens * h * 4 * h + 4.0 * tokens**2 * h)


def lambada(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw FLOPs of OPT-1.3B with those of OPT-13B on the same sentences."""
    tokens = np.clip(np.rint(random.normal(83.0, 14.0, QUERIES)), 40.0, 200.0)
    return flops(OPT_1_3B, tokens), flops(OPT_13B, tokens)


def latencies(parameters: Latencies) -> Drawing:
    """Return a drawing of independent latencies in seconds."""

    def draw(random: np.random.Generator) -> tuple[Floats, Floats]:
        small, large = (random.normal(*of, QUERIES) for of in (parameters.small, parameters.large))
        return np.maximum(small, SHORTEST_SECONDS), np.clip(large, SHORTEST_SECONDS, LONGEST_SECONDS)

    return draw


LAMBADA: Final = StandIn("lambada", lambada)
OPENASSISTANT: Final = (
    StandIn("plain", latencies(Latencies(large=(5.6, 1.0), small=(2.9, 1.2)))),
    StandIn("A", latencies(Latencies(large=(6.2, 2.2), small=(2.6, 1.5)))),
    StandIn("B", latencies(Latencies(large=(6.5, 2.5), small=(2.5, 2.0)))),
    StandIn("C", latencies(Latencies(large=(6.0, 2.0), small=(2.9, 1.6)))),
)


class Terms(NamedTuple):
    """What turns queries into a workload: popularity, the factor on a failed cascade's large call, who draws a coin."""

    alpha: float
    penalty: float
    coin_per_query: bool


def workload(stand_in: StandIn, seed: int, terms: Terms) -> Workload:
    """Draw one seed's requests over one hundred queries in random order of popularity."""
    random = np.random.default_rng(seed)
    small, large = stand_in.draw(random)
    failed = random.permutation(np.arange(QUERIES) % 2 == 0)
    cascade = small + failed * terms.penalty * large
    coins = random.uniform(size=ROUNDS)
    ids = (random.power(terms.alpha, ROUNDS) * QUERIES).astype(np.int64)
    return Workload(QUERIES, ids, cascade[ids], large[ids], failed[ids], coins, terms.coin_per_query)
