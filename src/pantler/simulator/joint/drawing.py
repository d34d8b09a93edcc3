"""Requests for recorded questions, as popular as a law or a trace has it.

Zipf: the question of rank i comes with chance i^-alpha / sum j^-alpha. A mapping says which question has which rank, or
which one each key of a trace asks. From one mapping to the next the ranks take an equal step through the questions in
their order of difficulty, so that each rank meets easy and hard ones alike; which questions stand next to each other,
and where each rank starts, is chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError
from pantler.simulator.joint.lane import Draw
from pantler.traces.popularity import draw_ranks, zipf
from pantler.traces.reading import open_trace
from pantler.traces.trace import Trace

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Mappings:
    """How many draws are made, how many requests for each question where no trace tells, from which seed on."""

    count: int
    requests_per_question: int = 100
    seed: int = 0


def drawing(
    popularity: str, difficulty: Array, mappings: Mappings, *, opened: Callable[[str], Trace] = open_trace
) -> Callable[[int], Draw]:
    """What makes the draw of each number, for questions of this mean score; `opened` reads a trace.

    Raises ConfigError for a popularity that is neither zipf:ALPHA nor a file, TraceError for a file that is no trace.
    """
    law, colon, number = popularity.partition(":")
    if law == "zipf" and colon:
        cumulated = zipf(len(difficulty), _alpha(number, popularity))
        return lambda turn: _of_law(cumulated, difficulty, mappings, turn)
    if not Path(popularity).exists():
        raise ConfigError(f"popularity {popularity!r} is no file; give zipf:ALPHA, such as zipf:0.8, or a trace's path")
    trace = opened(popularity)
    keys = trace.ids.astype(np.int64)
    further = hits_to_come(keys, trace.distinct)
    return lambda turn: _of_trace(keys, further, difficulty, mappings, turn)


def hits_to_come(keys: Ints, distinct: int) -> Array:
    """How often each request's key comes again after it."""
    order = np.argsort(keys, kind="stable")
    counts = np.bincount(keys, minlength=distinct)
    ends = np.cumsum(counts)[keys[order]]
    further = np.empty(len(keys))
    further[order] = ends - np.arange(len(keys)) - 1
    return further


def hits_while_kept(keys: Ints, was_hit: NDArray[np.bool_]) -> Array:
    """How many hits come after each request until its key is missed again; `was_hit` tells which requests were hits."""
    order = np.argsort(keys, kind="stable")
    goes_on = np.zeros(len(keys), np.bool_)
    goes_on[:-1] = (keys[order][1:] == keys[order][:-1]) & was_hit[order][1:]
    places = np.arange(len(keys))
    ends = np.minimum.accumulate(np.where(goes_on, len(keys), places)[::-1])[::-1]
    further = np.empty(len(keys))
    further[order] = ends - places
    return further


def _alpha(number: str, popularity: str) -> float:
    try:
        alpha = float(number)
    except ValueError:
        alpha = -1.0
    if not 0.0 <= alpha < 100.0:
        raise ConfigError(f"popularity {popularity!r} has no exponent; write for example zipf:0.8")
    return alpha


def _of_law(cumulated: Array, difficulty: Array, mappings: Mappings, turn: int) -> Draw:
    questions = len(difficulty)
    rng = np.random.default_rng((mappings.seed, turn))
    keys = draw_ranks(cumulated, mappings.requests_per_question * questions, rng).astype(np.int64)
    further = hits_to_come(keys, questions)
    return Draw(keys, rng.random(len(keys)), further, _turned(questions, difficulty, mappings, turn))


def _of_trace(keys: Ints, further: Array, difficulty: Array, mappings: Mappings, turn: int) -> Draw:
    rng = np.random.default_rng((mappings.seed, turn))
    distinct = int(keys.max()) + 1
    return Draw(keys, rng.random(len(keys)), further, _turned(distinct, difficulty, mappings, turn))


def _turned(keys: int, difficulty: Array, mappings: Mappings, turn: int) -> Ints:
    """The question of each key on one turn."""
    questions = len(difficulty)
    rng = np.random.default_rng(mappings.seed)
    by_difficulty = np.lexsort((rng.random(questions), difficulty))
    starts = np.concatenate([rng.permutation(questions) for _ in range(-(-keys // questions))])[:keys]
    step = turn * questions // mappings.count
    found: Ints = by_difficulty[(starts + step) % questions].astype(np.int64)
    return found
