"""How the C library is to get and give back memory, where it is glibc."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # as <malloc.h> numbers them
LARGE = 256 << 10  # bytes from which a piece is mapped for itself, and leaves no hole when it goes
SPARE = 1 << 20  # bytes at the end that are kept for what comes next


def steady_allocation() -> None:
    """Keep large pieces apart from small ones; another C library is left as it is.

    Left to itself glibc counts as small whatever is no larger than the largest piece that was ever given back: the
    tables of a cache that grows then come to lie among the answers, and leave holes that nothing fills.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, SPARE)
        mallopt(M_ARENA_MAX, 1)  # else every thread that ever wrote a snapshot keeps pieces of its own
