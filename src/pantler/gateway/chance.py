"""Random bytes of the operating system, fetched for many at a time: a call for few costs as much as one for many."""

import os
from collections.abc import Iterator

AT_ONCE = 400


def drawn(count: int) -> Iterator[bytes]:
    """So many random bytes each time, for one thread."""
    while True:
        pool = os.urandom(count * AT_ONCE)
        for at in range(0, len(pool), count):
            yield pool[at : at + count]
