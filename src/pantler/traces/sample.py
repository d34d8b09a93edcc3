"""A share of a trace's keys, drawn in proportion to what they cost.

With S_i the share of key i in the cost of all requests, m the number of keys and R the rate asked for:
    p_i = min(1, max(R/2, S_i m R/2))       the chance of keeping key i, fixed by a hash of the key with a seed
About R m keys are kept, the dear and hot ones for sure. A kept key stands for 1/p_i keys like itself: its costs count
1/p_i times, it takes 1/p_i times its size, but it is ranked by its true cost and size. (Taking size R/p_i of a cache of
R C bytes, as in the design note on caching, section 5, is the same up to rounding.)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, TraceError
from pantler.traces.key_sample import KeySample
from pantler.traces.mixing import mixed
from pantler.traces.tally import Tally
from pantler.traces.trace import Floats, Trace

_COLUMNS = ("keys", "sizes", "costs", "times", "tokens_in", "tokens_out")


def sample_trace(trace: Trace, *, rate: float, seed: int = 0) -> KeySample:
    """About `rate` (0..1) of the keys of a trace in memory; another seed, another independent draw."""
    return sample_parts(lambda: [trace], rate=rate, seed=seed)


def sample_parts(parts: Callable[[], Iterable[Trace]], *, rate: float, seed: int = 0) -> KeySample:
    """About `rate` (0..1) of the keys of a trace that `parts` streams, twice: once to count, once to keep.

    Costs in the first column decide. Raises ConfigError for a rate outside 0..1 or what is no seed, TraceError where
    nothing costs anything.
    """
    check_draw(rate, seed)
    tally = Tally()
    for part in parts():
        tally.add(part)
    draw = draw_keys(tally, rate=rate, seed=seed)
    kept = _joined([draw.kept(part) for part in parts()])
    return KeySample(
        trace=kept,
        occupied=np.maximum(np.rint(kept.sizes / draw.chances[kept.ids]), 1).astype(np.int64),
        chances=draw.chances,
        requests=tally.requests,
        distinct=len(tally.keys),
        footprint=tally.footprint,
        total_costs=tally.costs.sum(axis=0),
        repeated_costs=tally.costs.sum(axis=0) - tally.first_costs,
    )


def check_draw(rate: object, seed: object) -> None:
    """Raises ConfigError for a rate outside 0..1, or a seed that is no whole number from 0."""
    if not (isinstance(rate, float | int) and 0 < rate <= 1):
        raise ConfigError(f"sampling rate {rate}: out of range; give the share of the keys to keep, above 0 up to 1")
    if not (isinstance(seed, int) and seed >= 0):
        raise ConfigError(f"sampling seed {seed!r}: names no draw; give a whole number from 0")


@dataclass(frozen=True, eq=False)
class Draw:
    """Which keys are kept: bool by id, with the chance of each kept one, float64 by its rank among the kept."""

    is_kept: NDArray[np.bool_]
    chances: Floats

    def kept(self, part: Trace) -> Trace:
        """The part's requests for kept keys; ids stay dense by first appearance, so they are ranks among the kept."""
        chosen = self.is_kept[part.ids]
        ranks = np.cumsum(self.is_kept, dtype=np.int64) - 1
        held = {name: getattr(part, name) for name in _COLUMNS}
        kept: dict[str, Any] = {name: None if column is None else column[chosen] for name, column in held.items()}
        return replace(part, ids=ranks[part.ids[chosen]].astype(np.int32), distinct=len(self.chances), **kept)


def draw_keys(tally: Tally, *, rate: float, seed: int) -> Draw:
    """The keys to keep of a trace that is counted. Raises TraceError where nothing costs anything."""
    cost = tally.costs[:, 0]
    if not cost.sum() > 0:
        raise TraceError("no request of the trace costs anything; sample a trace with costs")
    chances = np.clip(cost / cost.sum() * len(cost) * rate / 2, rate / 2, 1)
    is_kept = mixed(tally.keys, seed=seed) * 2.0**-64 < chances
    return Draw(is_kept, chances[is_kept])


def _joined(parts: list[Trace]) -> Trace:
    held = {name: [getattr(part, name) for part in parts] for name in ("ids", *_COLUMNS)}
    joined: dict[str, Any] = {
        name: None if column[0] is None else np.concatenate(column) for name, column in held.items()
    }
    return replace(parts[-1], **joined)
