"""The values that pass between the live loop and what stands at the edges: providers, judges, stores."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from pantler.core.cost import Tokens
from pantler.core.item import FOREVER

NO_TOKENS = Tokens(0, 0)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is asked, and how patiently: what every provider is made from, with its own settings beside it.

    `upstream_model` is the upstream's own name for the model, the ask's where empty. `max_tokens_out` is sent where an
    ask's own limit is none, such as -1. `first_byte_seconds` counts from the ask, connecting included. The key is shown
    nowhere.
    """

    name: str
    base_url: str = ""
    upstream_model: str = ""
    max_tokens_out: int | None = None
    key: str = ""
    connect_seconds: float = 5.0
    first_byte_seconds: float = 120.0
    between_chunks_seconds: float = 60.0

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {self.base_url!r})"


BESIDE_BYTES = 1536  # an entry's other fields, its item, what a hit serves, and their places in tables: as measured
PIECE_BYTES = 40  # what a bytes object takes beyond its bytes


class Repeats(Protocol):
    """Whether a call that failed may be made once more; it is told of each time that it is."""

    @property
    def may_repeat(self) -> bool:
        """Whether nothing but its own failure speaks for or against it."""
        ...

    def repeated(self) -> None:
        """It is made once more."""
        ...


class Ask(msgspec.Struct, frozen=True, gc=False):
    """One call of a model.

    `operation` is "chat", "completion" or "embedding"; `model` the name that the configuration gives it; `body` the
    client's JSON, in which the provider writes its own name for the model and whether it streams. `deadline` is in
    seconds of the monotonic clock; `headers` are the few that may be passed on. `sent` is the body as the client
    spelled it, empty where no client did. A provider that sees the head of an answer come says so by `head_came`, where
    that is given. Where `repeats` is given, that is asked before an upstream is asked the same once more.
    `asker` is whose ask it is, where one is told from another.
    """

    operation: str
    model: str
    body: dict[str, Any]
    deadline: float = FOREVER
    headers: tuple[tuple[str, str], ...] = ()
    sent: bytes = b""
    head_came: Callable[[], object] | None = None
    repeats: Repeats | None = None
    asker: str = ""


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """A judge's score of an answer, 0 to 1, with the rule that decided it.

    `shown` is the answer's sign as it is kept, where the judge has read it on its way.
    """

    score: float
    reason: str
    shown: tuple[float | None, ...] = ()


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
        size = len(self.body) + BESIDE_BYTES
        for piece in self.pieces:
            size += len(piece) + PIECE_BYTES
        return size
