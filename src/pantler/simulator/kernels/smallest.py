"""The smallest size that a key has had, request by request."""

from typing import Any


def smallest_so_far(ids: Any, sizes: Any, least: Any, smallest: Any) -> None:
    """Fill `smallest` up to each request with its own; `least` holds what each id has had before, 0 for nothing."""
    for i in range(len(ids)):
        known = least[ids[i]]
        if known == 0 or sizes[i] < known:
            least[ids[i]] = sizes[i]
        smallest[i] = least[ids[i]]
