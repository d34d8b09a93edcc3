"""The words of a text and the pairs of neighbours among them, each as a place in a table.

Word w falls on place crc32(w) mod 2**15, and so does each pair "v w", whose checksum goes on from that of "v ". What
stands alone, such as "=" or "?", counts as a word.
"""

import re
from itertools import repeat
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

PLACES = 1 << 15
MOST_CHARACTERS = 4000  # of a longer text the start and the end, where the question stands

_WORD = re.compile(r"\w+|[^\w\s]")


def within(text: str) -> str:
    """A text that is not too long, or the start and the end of one that is."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS // 2] + text[-MOST_CHARACTERS // 2 :]


def words(text: str) -> NDArray[np.int64]:
    """The places of a text's words and pairs, ascending, each once."""
    single = list(map(str.encode, _WORD.findall(within(text).lower())))
    found = list(map(crc32, single))
    found.extend(map(crc32, single[1:], map(crc32, repeat(b" "), found[:-1])))
    places = np.array(found, np.int64) & (PLACES - 1)
    places.sort()
    is_new = np.ones(len(places), np.bool_)
    np.not_equal(places[1:], places[:-1], out=is_new[1:])
    return places[is_new]
