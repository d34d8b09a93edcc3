"""What the client of a chat has said, as far as it tells one conversation from another."""

import msgspec


class Said(msgspec.Struct, frozen=True, gc=False):
    """All that a client has said: its text; digests of it and of the turns before a model's last answer, 0 for none.

    `earlier_bytes` is how long the text of those is.
    """

    text: str
    thread: int = 0
    earlier: int = 0
    earlier_bytes: int = 0
