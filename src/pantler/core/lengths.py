"""How long a client lets an answer be, in OpenAI's fields."""

from collections.abc import Mapping
from typing import Any

LENGTHS = ("max_completion_tokens", "max_tokens")


def own_length(body: Mapping[str, Any]) -> int | None:
    """The tokens that a client allows one choice; None where it sets none, or 0 or -1, which is none to some."""
    given = [length for name in LENGTHS if (length := body.get(name)) is not None]
    lengths = [length for length in given if type(length) is int and 0 < length < 1 << 53]
    return max(lengths) if lengths and len(lengths) == len(given) else None
