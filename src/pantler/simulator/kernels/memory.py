"""How often absent keys have come, as the compiled lane keeps it.

The functions on a table are the engine's. Where the engine counts in 32 bits the table here has bytes, a quarter of the
memory that requests touch at random. A counter of LARGE or more stands in a second table, whose memory the system does
not provide before it is used, and as LARGE in the first: an estimate below LARGE is the smallest counter as it is, and
one of LARGE has all of its counters in the second table. The names in capitals, `read` and `lift` are one policy's.
"""

from typing import Any

from pantler.core.sketch import COUNT_CEILING, WIDTH_PER_RESIDENT, counts_place, halves
from pantler.core.sketch import counts_raise as lift
from pantler.core.sketch import counts_read as read
from pantler.simulator.kernels.prefetching import fetch

CEILING = COUNT_CEILING
LARGE = 255  # 0 where all counters are in the first table
HALVES = False  # whether the sketch ages


def is_narrow(status: Any) -> bool:
    """Whether the sketch must double before it is used again."""
    return wanting(status.mask + 1, status.residents)


def wanting(width: int, residents: int) -> bool:
    """Whether a sketch of this width is too narrow for so many residents."""
    return width < WIDTH_PER_RESIDENT * residents


def expect(state: Any, key: int) -> None:
    """Have a key's two blocks of counters ready for later, each a line of the processor's cache."""
    low, high = halves(key)
    mask = state.status[0].mask
    fetch(state.sketch, counts_place(mask, low, high, 0))
    fetch(state.sketch, counts_place(mask, low, high, 2))


def recalled(state: Any, key: int) -> float:
    """Count an arrival; the estimate with it."""
    sketch, status = state.sketch, state.status[0]
    low, high = halves(key)
    count = int(read(sketch, status.mask, low, high))
    if LARGE and count == LARGE:
        count = int(read(state.large, status.mask, low, high))
    count = min(count + 1, CEILING)
    remember(state, key, count)
    if HALVES:
        status.additions += 1
        if status.additions > status.mask:
            status.additions = 0
            for place in range(status.mask + 1):
                sketch[place] = (sketch[place] >> 1) & 0x77
    return float(count)


def remember(state: Any, key: int, count: int) -> None:
    """Raise a key's counters to at least `count`."""
    status = state.status[0]
    low, high = halves(key)
    if LARGE and count >= LARGE:
        status.has_large = 1
        lift(state.large, status.mask, low, high, count)
        count = LARGE
    lift(state.sketch, status.mask, low, high, count)
