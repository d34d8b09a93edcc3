"""Whether a bare run of big-endian integers is made of four-byte or eight-byte keys.

Both readings of the same bytes are possible, so only repetition can tell. A four-byte key turns up at even and at odd
places alike; the two halves of an eight-byte key have nothing in common, but come back together.
"""

import numpy as np

_ENOUGH = 8


def key_width(head: bytes) -> int | None:
    """4 or 8 where the first bytes of a recording show it, None where they do not."""
    words = np.frombuffer(head[: len(head) // 8 * 8], ">u4")
    if _is_text(head) or len(words) < 4 * _ENOUGH:
        return None
    upper, lower = words[::2], words[1::2]
    uppers, lowers = np.unique(upper), np.unique(lower)
    shared = len(np.intersect1d(uppers, lowers))
    if shared >= max(_ENOUGH, min(len(uppers), len(lowers)) / 20):
        return 4
    pairs = len(np.unique(words.view(">u8")))
    if len(uppers) <= _ENOUGH < len(lowers) / 8:
        return 8
    comes_back = pairs <= len(upper) - _ENOUGH
    if comes_back and shared < _ENOUGH and len(uppers) > 0.99 * pairs:
        return 8
    return None


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 for byte in head)
