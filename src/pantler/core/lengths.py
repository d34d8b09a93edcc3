"""How long a client lets an answer be, in OpenAI's fields."""

from collections.abc import Mapping
from typing import Any, Final

LENGTHS: Final = ("max_completion_tokens", "max_tokens")


def own_length(body: Mapping[str, Any]) -> int | None:
    """The tokens that a client allows one choice; None where it sets none, or 0 or -1, which is none to some."""
    longest = 0
    for name in LENGTHS:
        length = body.get(name)
        if length is None:
            continue
        if type(length) is not int or not 0 < length < 1 << 53:
            return None
        longest = max(longest, length)
    return longest or None
