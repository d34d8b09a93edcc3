"""What passes between the live loop and whoever speaks to clients."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from pantler.config.values import Route
from pantler.core.asks import Ask, Entry
from pantler.core.item import FOREVER
from pantler.core.rows import Neighbour
from pantler.core.types import Query
from pantler.live.asking import Asking


class Shape(Protocol):
    """How whole answers and streamed ones become each other."""

    def join(self, pieces: Sequence[bytes]) -> bytes:
        """The whole answer that the pieces of a stream make up."""
        ...

    def split(self, whole: bytes) -> list[bytes]:
        """The pieces in which a whole answer is streamed."""
        ...


class Wishes(Protocol):
    """What a client lets the cache do for one request."""

    @property
    def looks(self) -> bool:
        """Whether a stored answer may be served."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether the new answer may be stored."""
        ...

    @property
    def calls(self) -> bool:
        """Whether a model may be asked where nothing is stored."""
        ...

    @property
    def max_age_seconds(self) -> float | None:
        """How old a stored answer may be."""
        ...

    @property
    def ttl_seconds(self) -> float | None:
        """How long the new answer may be kept; None leaves it to the route."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """The names by which the new answer may be purged."""
        ...


class Said(msgspec.Struct, frozen=True, gc=False):
    """All that a client has said: its text; digests of it and of the turns before a model's last answer, 0 for none.

    `earlier_bytes` is how long the text of those is.
    """

    text: str
    thread: int = 0
    earlier: int = 0
    earlier_bytes: int = 0


class Errand(msgspec.Struct, frozen=True):
    """One client's request: the query that it is, the call that would answer it, and what it puts up with.

    `bypass` says why the cache stands aside; where it does, the query's key is NOT_TOLD_APART. `began` is in monotonic
    seconds, `time` in seconds since the epoch. `flaw` says why a whole answer may not be kept. `most_in` and `most_out`
    are the tokens that a call reads and writes at worst, the latter in all its `choices` and None where the client sets
    no bound; `is_odd` says that the request has fields that are not known, which may lift that bound. `is_renewal` says
    that no client waits for it; `passes_on` that the ask names a model that is not configured, for the upstream to
    know. `holder` is the digest of the client's key, whose limits its calls count against. `asking` is what it asks in
    words, where the route looks for near questions. `beside` is the tier of a call that is made beside a client's
    request, to learn from it; empty for what a client asked for.
    """

    decision: str
    tenant: str
    route: Route
    query: Query
    ask: Ask
    shape: Shape
    flaw: Callable[[bytes], str | None]
    streamed: bool
    with_usage: bool
    began: float
    time: float
    most_in: int
    most_out: int | None
    choices: int
    wishes: Wishes
    is_odd: bool = False
    bypass: str = ""
    passes_on: bool = False
    is_renewal: bool = False
    holder: str = ""
    asking: Asking | None = None
    beside: str = ""

    def expiry(self, now: float) -> float:
        """Until when an answer that comes now may be served, in the unit of `time`."""
        ttl = self.route.ttl_seconds if self.wishes.ttl_seconds is None else self.wishes.ttl_seconds
        return FOREVER if ttl is None else now + ttl

    @property
    def wants_vectors(self) -> bool:
        """Whether its answer can be compared with answers of the same model only."""
        return self.ask.operation == "embedding"


class Veil(msgspec.Struct, frozen=True, gc=False):
    """What a client is told of an answer that is another tenant's: as if it had been given to its own `decision`.

    `tier` is what is shown, `time` when it was first given; it is to arrive as `seconds` after the request began, where
    it is streamed with its first piece `rest_seconds` before that.
    """

    tier: str
    decision: str
    time: float
    seconds: float = 0.0
    rest_seconds: float = 0.0


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A stored answer to serve: `tier` is "hit", "stale", "alias" or "semantic"; `near` tells more of the last two.

    `wrong` is the chance that it is held to be wrong by, None where nobody says.
    """

    entry: Entry
    tier: str
    reason: str
    near: Neighbour | None = None
    veil: Veil | None = None
    wrong: float | None = None


class Landing(msgspec.Struct, frozen=True, gc=False):
    """An answer that a flight brought, stored or not.

    `spent` is None where a model that was asked has no price; `flaw` says why the answer may not be kept; `baseline` is
    what the reference model would have cost whoever started the flight, None where that is not known. `first_at` is
    when the first piece of a stream came, in the loop's time.
    """

    entry: Entry
    spent: int | None
    flaw: str | None = None
    baseline: int | None = None
    first_at: float | None = None
