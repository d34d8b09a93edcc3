"""Rows cut into parts of few lengths.

SQLite keeps what it has prepared: for a statement that inserts so many rows some 7 KB for each of them, for as many
lengths as there are.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

LENGTHS = (64, 8, 1)


def parts(rows: Sequence[T], lengths: Sequence[int] = LENGTHS) -> Iterator[Sequence[T]]:
    """The rows in their order, in parts of these lengths, the longest first; fewer than the last are left out."""
    start = 0
    for length in lengths:
        while len(rows) - start >= length:
            yield rows[start : start + length]
            start += length
