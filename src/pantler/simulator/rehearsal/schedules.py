"""Orders in which the same texts may come: as drawn, drifting, in bursts, or against the matcher.

drift: facts come in a fixed order of their own, each text up to a fifth of the stream early or late, so that what is
asked for in the end is not what was learned from. burst: blocks of BLOCK texts, each of few facts, so that
near-duplicates come together. adversarial: first the texts whose nearest text asks the same, by the widest margin, then
those whose nearest asks something else, the closest last: trust is earned before it is abused.
"""

from collections.abc import Callable
from random import Random
from zlib import crc32

import numpy as np

from pantler.simulator.rehearsal.stream import Stream

BLOCK = 200
SPREAD = 0.2


def drift(stream: Stream, seed: int) -> list[int]:
    """Facts ordered by their hash, blurred."""
    chance = Random(seed)
    when = [crc32(f"{seed} {fact}".encode()) / 2**32 + SPREAD * chance.uniform(-1.0, 1.0) for fact in stream.facts]
    return sorted(range(len(stream)), key=when.__getitem__)


def burst(stream: Stream, seed: int) -> list[int]:
    """Facts together, blocks of them in any order, texts in any order within a block."""
    chance = Random(seed)
    order = sorted(range(len(stream)), key=lambda place: crc32(f"{seed} {stream.facts[place]}".encode()))
    blocks = [order[start : start + BLOCK] for start in range(0, len(order), BLOCK)]
    chance.shuffle(blocks)
    for block in blocks:
        chance.shuffle(block)
    return [place for block in blocks for place in block]


def adversarial(stream: Stream, seed: int) -> list[int]:
    """By the margin of the nearest text that asks the same over the nearest that does not, widest first."""
    names = {fact: number for number, fact in enumerate(dict.fromkeys(stream.facts))}
    facts = np.array([names[fact] for fact in stream.facts])
    margins = np.empty(len(stream))
    for start in range(0, len(stream), 512):
        end = min(start + 512, len(stream))
        cosines = stream.vectors[start:end] @ stream.vectors.T
        cosines[np.arange(end - start), np.arange(start, end)] = -1.0
        same = facts[start:end, None] == facts[None, :]
        margins[start:end] = np.where(same, cosines, -1.0).max(axis=1) - np.where(same, -1.0, cosines).max(axis=1)
    del seed  # the worst order has no choice in it
    return np.argsort(-margins, kind="stable").tolist()  # type: ignore[no-any-return]  # a list of int


SCHEDULES: dict[str, Callable[[Stream, int], list[int]]] = {"drift": drift, "burst": burst, "adversarial": adversarial}
