"""A share of a trace's keys, drawn in proportion to what they cost.

With S_i the share of key i in the cost of all requests, m the number of keys and R the rate asked for:
    p_i = min(1, max(R/2, S_i m R/2))       the chance of keeping key i, fixed by a hash of the key with a seed
About R m keys are kept, the dear and hot ones for sure. A kept key stands for 1/p_i keys like itself: its costs count
1/p_i times, it takes 1/p_i times its size, but it is ranked by its true cost and size. (Taking size R/p_i of a cache of
R C bytes, as in the design note on caching, section 5, is the same up to rounding.)
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, TraceError
from pantler.traces.key_sample import KeySample
from pantler.traces.mixing import mixed
from pantler.traces.trace import Floats, Trace

_COLUMNS = ("keys", "sizes", "costs", "times", "tokens_in", "tokens_out")


def sample_trace(trace: Trace, *, rate: float, seed: int = 0) -> KeySample:
    """About `rate` (0..1) of the keys of a trace in memory; another seed, another independent draw."""
    return sample_parts(lambda: [trace], rate=rate, seed=seed)


def sample_parts(parts: Callable[[], Iterable[Trace]], *, rate: float, seed: int = 0) -> KeySample:
    """About `rate` (0..1) of the keys of a trace that `parts` streams, twice: once to count, once to keep.

    Costs in the first column decide. Raises ConfigError for a rate outside 0..1, TraceError where nothing costs
    anything.
    """
    if not 0 < rate <= 1:
        raise ConfigError(f"sampling rate {rate}: out of range; give the share of the keys to keep, above 0 up to 1")
    seen = _Seen()
    for part in parts():
        seen.add(part)
    chances = seen.chances(rate)
    is_kept = mixed(seen.keys, seed=seed) * 2.0**-64 < chances
    kept = _joined([_kept(part, is_kept) for part in parts()])
    return KeySample(
        trace=kept,
        occupied=np.maximum(np.rint(kept.sizes / chances[is_kept][kept.ids]), 1).astype(np.int64),
        chances=chances[is_kept],
        requests=seen.requests,
        distinct=len(seen.keys),
        footprint=int(seen.sizes.sum()),
        total_costs=seen.costs.sum(axis=0),
        repeated_costs=seen.costs.sum(axis=0) - seen.first_costs,
    )


class _Seen:
    """What the first pass counts, by key id."""

    def __init__(self) -> None:
        self.requests = 0
        self.keys = np.zeros(0, np.uint64)
        self.sizes = np.zeros(0, np.int64)
        self.costs = np.zeros((0, 0))
        self.first_costs = np.zeros(1)

    def add(self, part: Trace) -> None:
        self.requests += len(part)
        known, new = len(self.keys), part.distinct - len(self.keys)
        models = part.costs.shape[1]
        self.keys = np.concatenate([self.keys, np.zeros(new, np.uint64)])
        self.sizes = np.concatenate([self.sizes, np.zeros(new, np.int64)])
        self.costs = np.concatenate([self.costs.reshape(-1, models), np.zeros((new, models))])
        self.keys[part.ids] = part.ids if part.keys is None else part.keys
        np.maximum.at(self.sizes, part.ids, part.sizes)
        for model in range(models):
            self.costs[:, model] += np.bincount(part.ids, part.costs[:, model], part.distinct)
        first = np.zeros((part.distinct, models))
        first[part.ids[::-1]] = part.costs[::-1]
        self.first_costs = self.first_costs + first[known:].sum(axis=0)

    def chances(self, rate: float) -> Floats:
        cost = self.costs[:, 0] if self.costs.size else np.zeros(0)
        if not cost.sum() > 0:
            raise TraceError("no request of the trace costs anything; sample a trace with costs")
        chances: Floats = np.clip(cost / cost.sum() * len(cost) * rate / 2, rate / 2, 1)
        return chances


def _kept(part: Trace, is_kept: NDArray[np.bool_]) -> Trace:
    """The part's requests for kept keys; ids stay dense by first appearance, so they are the ranks among the kept."""
    chosen = is_kept[part.ids]
    ranks = np.cumsum(is_kept, dtype=np.int64) - 1
    held = {name: getattr(part, name) for name in _COLUMNS}
    kept: dict[str, Any] = {name: None if column is None else column[chosen] for name, column in held.items()}
    return replace(part, ids=ranks[part.ids[chosen]].astype(np.int32), distinct=int(is_kept.sum()), **kept)


def _joined(parts: list[Trace]) -> Trace:
    held = {name: [getattr(part, name) for part in parts] for name in ("ids", *_COLUMNS)}
    joined: dict[str, Any] = {
        name: None if column[0] is None else np.concatenate(column) for name, column in held.items()
    }
    return replace(parts[-1], **joined)
