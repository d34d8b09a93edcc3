"""What is kept of an answer."""

import msgspec

from pantler.core.cost import Tokens
from pantler.core.item import FOREVER
from pantler.core.sizes import bytes_of

NO_TOKENS = Tokens(0, 0)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A stored answer with all that a hit has to say.

    `body` is the complete JSON; `pieces` the events as they were streamed, empty where the answer came whole. `model`
    answered it; `tokens` is what that took, `estimated` where its upstream did not say; `paid` is what all calls of its
    plan took (nano-dollars, None where unpriced).
    `stored_at` and `expires` are seconds since the epoch; `tags` name it for a purge, as do `tenant` and `route`.
    """

    body: bytes
    model: str
    tenant: str
    route: str
    stored_at: float
    expires: float = FOREVER
    pieces: tuple[bytes, ...] = ()
    tokens: Tokens = NO_TOKENS
    paid: int | None = None
    tags: tuple[str, ...] = ()
    decision: str = ""
    estimated: bool = False

    @property
    def size_bytes(self) -> int:
        """What it occupies in memory: its bytes, and all that is kept beside them."""
        return bytes_of(self.body, self.pieces)
