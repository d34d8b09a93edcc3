"""Traces made from a specification."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.traces.costs import answer_bytes, drawn_by_key
from pantler.traces.factorize import factorize
from pantler.traces.mixing import mixed
from pantler.traces.popularity import draw_ranks, flooded, keys_of_ranks, power, zipf
from pantler.traces.spec import Spec, parse_spec
from pantler.traces.token_statistics import token_statistics
from pantler.traces.trace import Trace, cost_names

_LAWS: Mapping[str, Callable[[int, float], NDArray[np.float64]]] = {"zipf": zipf, "power": power}


class _Draw(NamedTuple):
    """Bytes, int64 (distinct,), with costs under a model of price 1, float64 (distinct,)."""

    size: NDArray[np.int64]
    cost: NDArray[np.float64]


def generate(spec: str | Spec) -> Trace:
    """The trace that `spec` asks for (see `parse_spec`); the same spec gives the same trace.

    Raises ConfigError for a spec that cannot be met or is past this machine's memory, TraceError for a statistics file
    that cannot be read.
    """
    wanted = parse_spec(spec) if isinstance(spec, str) else spec
    if not isinstance(wanted, Spec):
        raise ConfigError(f"{wanted!r} asks for no trace; write for example zipf:alpha=0.9,keys=1000,requests=10000")
    try:
        return _made(wanted)
    except MemoryError as error:
        asked = f"{wanted.requests:,} requests for {wanted.keys:,} keys"
        raise ConfigError(f"{asked} do not fit into memory ({error}); ask for fewer") from error


def _made(wanted: Spec) -> Trace:
    rng = np.random.default_rng(wanted.seed)
    keys = mixed(_numbers(wanted, rng).astype(np.uint64), seed=wanted.seed)
    ids, distinct = factorize(keys)
    tokens = _tokens(wanted, distinct, rng)
    costs = np.multiply.outer(tokens[wanted.costs].cost, wanted.models or (1.0,))
    return Trace(
        ids=ids,
        keys=keys,
        distinct=len(distinct),
        sizes=tokens[wanted.sizes].size[ids],
        costs=costs[ids],
        cost_names=("unit",) if wanted.costs == "unit" else cost_names(costs.shape[1]),
        cost_unit="misses" if wanted.costs == "unit" else "token equivalents",
        own=frozenset({"size", "cost"}),
        name=wanted.law if wanted.file is None else Path(wanted.file).name,
        notes=_notes(wanted),
    )


def _numbers(spec: Spec, rng: np.random.Generator) -> NDArray[np.int64]:
    """int64 (requests,): which key is asked, numbered from 0."""
    ranks = draw_ranks(_LAWS[spec.law](spec.keys, spec.alpha), spec.requests, rng)
    return flooded(keys_of_ranks(ranks, spec, rng), spec.flood, rng)


def _tokens(spec: Spec, keys: NDArray[np.uint64], rng: np.random.Generator) -> Mapping[str, _Draw]:
    """Every way to size and price the distinct keys, by its name in the spec."""
    tokens, costs = drawn_by_key(keys)
    draws = {
        "unit": _Draw(np.ones(len(keys), np.int64), np.ones(len(keys))),
        "lognormal": _Draw(answer_bytes(tokens), costs if spec.models is None else tokens),
    }
    if spec.file is not None:
        pairs = token_statistics(Path(spec.file), rng)
        tokens_in, tokens_out = pairs[rng.integers(len(pairs), size=len(keys))].T
        draws["tokens"] = _Draw(answer_bytes(tokens_out), tokens_out + spec.input_price * tokens_in)
    return draws


def _notes(spec: Spec) -> tuple[str, ...]:
    popularity = f"{spec.law} popularity {spec.alpha:g}, seed {spec.seed}"
    notes = [f"made: {spec.requests:,} requests for {spec.keys:,} keys, {popularity}"]
    if spec.drift:
        notes.append(f"{spec.drift:.1%} of the keys swap popularity every {spec.epoch:,} requests")
    if spec.flood:
        notes.append(f"{spec.flood:.0%} of the requests are for keys that come once")
    return (*notes, _SIZE_NOTES[spec.sizes], _cost_note(spec))


def _cost_note(spec: Spec) -> str:
    if spec.models is not None:
        return f"costs: {spec.costs} draw at price ratios {'/'.join(f'{ratio:g}' for ratio in spec.models)}"
    return _COST_NOTES[spec.costs].format(price=spec.input_price)


_SIZE_NOTES = {
    "unit": "sizes: 1",
    "lognormal": "sizes: lognormal answers of 1 to 4,096 tokens, 4 bytes a token plus 64",
    "tokens": "sizes: answer tokens of the statistics file, 4 bytes a token plus 64",
}
_COST_NOTES = {
    "unit": "costs: 1",
    "lognormal": "costs: the answer's tokens, for 30 % of the keys 20 times as dear",
    "tokens": "costs: answer tokens plus {price:g} times the prompt tokens of the statistics file",
}
