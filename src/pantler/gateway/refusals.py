"""What a client is told that may not go on now."""

import msgspec


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """The limit that holds it back, by its name in the configuration, and when to come again; answered with a 429.

    Where `retry_after_seconds` is None it is of no use to come again: that is a 400.
    """

    limit: str
    retry_after_seconds: int | None
    reason: str
