"""Whether a bare run of big-endian integers is made of four-byte or eight-byte keys.

Both readings of the same bytes are possible, so only repetition can tell. A four-byte key turns up at even and at odd
places alike; the two halves of an eight-byte key have nothing in common, but come back together. Records of several
fields give themselves away by a field with fewer values than another.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ENOUGH = 8
_LONGEST_RECORD = 8
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])


def key_width(head: bytes) -> int | None:
    """4 or 8 where the first bytes of a recording show it, None where they do not."""
    words = np.frombuffer(head[: len(head) // 8 * 8], ">u4")
    if _is_text(head) or len(words) < 4 * _ENOUGH:
        return None
    pairs = words.view(">u8")
    if _is_in_pairs(words, pairs):
        return 8 if _is_one_field(pairs) else None
    return 4 if _is_in_both_halves(words) and _is_one_field(words) else None


def _is_in_both_halves(words: NDArray[Any]) -> bool:
    uppers, lowers = np.unique(words[::2]), np.unique(words[1::2])
    return len(np.intersect1d(uppers, lowers)) >= max(_ENOUGH, min(len(uppers), len(lowers)) / 20)


def _is_in_pairs(words: NDArray[Any], pairs: NDArray[Any]) -> bool:
    uppers, lowers, both = np.unique(words[::2]), np.unique(words[1::2]), len(np.unique(pairs))
    if len(uppers) <= _ENOUGH < len(lowers) / 8:
        return True
    comes_back = _ENOUGH <= both <= len(pairs) - _ENOUGH
    shared = len(np.intersect1d(uppers, lowers))
    return comes_back and shared < max(_ENOUGH, both / 1000) and len(uppers) > 0.99 * both


def _is_one_field(words: NDArray[Any]) -> bool:
    """Whether no record length up to eight words splits the run into fields of unlike variety."""
    for length in range(2, _LONGEST_RECORD + 1):
        variety = [len(np.unique(words[place::length])) for place in range(length)]
        if max(variety) > 2 * min(variety) + _ENOUGH:
            return False
    return True


def _is_text(head: bytes) -> bool:
    """Whether nearly all bytes are printable, as two fifths of random ones are."""
    return len(head.translate(None, _PRINTABLE)) < 0.2 * len(head)
