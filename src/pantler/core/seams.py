"""The protocols between parts, all on one page."""

from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pantler.core.asks import Ask, Entry, Opinion
from pantler.core.entries import Name
from pantler.core.item import Item
from pantler.core.queues import Queues
from pantler.core.traits import Traits
from pantler.core.types import Call, Key, Miss, Outcome, Query, Rating, Serve

if TYPE_CHECKING:
    from pantler.core.briefs import Brief  # which holds estimators


@runtime_checkable
class Score(Protocol):
    """The parameters of a score policy, whose module also holds its priority function."""

    ages: bool  # the clock rises to the largest evicted priority
    admits_all: bool  # False: a newcomer must beat every victim
    memory: str | None  # the sketch that remembers absent keys: "counts", "nibbles"; None forgets on eviction
    half_life: float | None  # in arrivals per resident; None counts plainly

    @staticmethod
    def priority(clock: float, frequency: float, cost: float, size: float, touched: float) -> float:
        """What an item is worth; the smallest is evicted first."""
        ...


@runtime_checkable
class Discipline(Protocol):
    """The steps of a policy of queues, over slots; what they do to the sketch and the queues is all they do."""

    counts: bool  # whether it keeps a sketch of how often keys come

    @staticmethod
    def come(queues: Queues, key: int, /) -> None:
        """An absent key has arrived, by its 64-bit digest."""
        ...

    @staticmethod
    def hit(queues: Queues, slot: int, /) -> None:
        """A resident has been hit."""
        ...

    @staticmethod
    def enter(queues: Queues, slot: int, returns: bool, /) -> None:
        """Queue a newcomer, which `returns` if its key was a ghost; move to GONE or GHOST who must leave for it."""
        ...


class Policy(Protocol):
    """Ranks items, least worth keeping first."""

    def arrive(self, key: Hashable) -> float:
        """Count an arrival of an absent key; returns how often it has come, as far as the policy remembers."""
        ...

    def touch(self, item: Item, number: int) -> None:
        """Arrival `number` has hit a resident item."""
        ...

    def admit(self, newcomer: Item, excess: int) -> Sequence[Item] | None:
        """Take the newcomer in, evicting items of at least `excess` together; None refuses it and evicts nobody."""
        ...

    def discard(self, item: Item) -> None:
        """A resident item leaves by another way than eviction."""
        ...

    def revalue(self, item: Item, cost: float) -> Item:
        """Rank a resident item by a new cost; returns the item that now stands for its key."""
        ...


@runtime_checkable
class Admission(Protocol):
    """The further method of a policy that may refuse newcomers."""

    def admits(self, newcomer: Item, excess: int) -> bool:
        """Whether `admit` would take the newcomer in; changes nothing."""
        ...


@runtime_checkable
class Counting(Protocol):
    """The further methods of a policy that remembers absent keys, or ranks by a frequency that is no count."""

    def foresee(self, key: Hashable) -> float:
        """What `arrive` would return now; changes nothing."""
        ...

    def count(self, item: Item) -> float:
        """How often the query of a resident or of a victim has come, as far as the policy remembers."""
        ...


class Prospects(Protocol):
    """What a multiplexer may ask of the cache before it chooses."""

    def keeps(self, query: Query, saved: float) -> bool:
        """Whether an answer of which each hit saves `saved` would be admitted now."""
        ...


class Multiplexer(Protocol):
    """Chooses the plan: which models to ask, in order, with a stop rule."""

    revisits: bool  # whether `revisit` may ever return a call

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        """The plan of least expected cost for a query that nothing stored answers; at most draws a random number."""
        ...

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        """Fold in what a call cost, or a rating of the answer that is `stored` (None where it no longer is).

        Returns what a hit on the new or the rated answer will serve, with the cost it saves; None if it is not worth
        keeping.
        """
        ...

    def revalue(self, stored: Serve) -> float:
        """Cost that one hit on the stored answer saves by what is known now."""
        ...

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        """The call that would pay for itself by replacing this stored answer, if one would."""
        ...

    def left(self, stored: Serve, frequency: float) -> None:
        """A stored answer has left the cache, its query having come so often."""
        ...


@runtime_checkable
class Watching(Protocol):
    """The further method of a multiplexer that learns from what its stored answers serve."""

    def served(self, stored: Serve, frequency: float) -> None:
        """A stored answer has served once more, its query having come so often with this time."""
        ...


class Routable(Protocol):
    """The further member of a multiplexer's class that a route may name."""

    @classmethod
    def for_route(cls, brief: "Brief") -> Multiplexer:
        """One that chooses for the route of the brief."""
        ...


class Estimator(Protocol):
    """Learns how dearly a query will come, also of absent ones."""

    def observe(self, key: Hashable, value: float) -> None:
        """One more observation of `key`."""
        ...

    def estimate(self, key: Hashable) -> float:
        """What to reckon with for `key`."""
        ...

    def count(self, key: Hashable) -> float:
        """How many observations `key` has had."""
        ...


class Appraiser(Protocol):
    """Says from a query's traits how likely each model's answer is to be wrong; it computes, so not for long loops."""

    def wrong(self, traits: Traits) -> Any:
        """float32 (models,): the chance that each model's answer is wrong, in the order in which it was fitted."""
        ...


class Matcher(Protocol):
    """Says whether a near text is near enough, and hears of every answer whether it would have been."""

    def match(self, asked: Any, near: Sequence[Any], *, most: Callable[[Hashable], float] = ...) -> Any:
        """What to do with the nearest of `near`; counts one request.

        `most` is the chance of an error, by entry, from which on a call is expected to cost less.
        """
        ...

    def learn(self, finding: Any, right: bool, fresh: Hashable | None = None) -> None:
        """Whether the fresh answer agreed with that of the entry, for any finding that was not served.

        `fresh` is the entry that the fresh answer is kept as, None where it is not.
        """
        ...

    def rate(self, key: Hashable) -> None:
        """Somebody said that a match with this entry was wrong."""
        ...

    def drop(self, key: Hashable) -> None:
        """The entry has left."""
        ...


class Provider(Protocol):
    """Asks a model, somewhere; whatever goes wrong is a ProviderError."""

    async def whole(self, ask: Ask) -> bytes:
        """The complete answer, as the JSON that the upstream sent."""
        ...

    def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        """The JSON of each event of a streamed answer as it comes, the usage event too; a cut stream raises.

        Closing it lets go of the upstream.
        """
        ...

    async def close(self) -> None:
        """Give back connections and processes."""
        ...


@runtime_checkable
class Enumerating(Provider, Protocol):
    """A provider that knows which models may be asked of it."""

    async def names(self, deadline: float) -> list[str]:
        """Their names, by `deadline` in monotonic seconds; ProviderError where they cannot be had."""
        ...


class Judge(Protocol):
    """Says whether an answer will do."""

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        """A score of the last of the answers, each complete JSON, earlier ones beside it; 1 is surely right."""
        ...


@runtime_checkable
class Comparing(Judge, Protocol):
    """The further member of a judge that keeps no answer before it has heard several."""

    fewest: int  # answers


class Store(Protocol):
    """Keeps the bytes of answers: a mirror of the cache, never the truth. Never waits for a disk.

    Every method but `close` returns at once; a slow medium is written behind it.
    """

    def get(self, key: Key) -> Entry | None:
        """What is kept under a key; None where it is missing or damaged."""
        ...

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer."""
        ...

    def drop(self, key: Key) -> None:
        """Let go of an answer, if it is there."""
        ...

    def named(self, by: Name, value: str) -> list[Key]:
        """The keys of the answers that bear a tag, a model's or a tenant's name, for a purge."""
        ...

    async def close(self) -> None:
        """Write what is still to be written, then let go of the medium."""
        ...


class Embedder(Protocol):
    """Makes a vector of a text; never on the event loop, for it computes."""

    dimensions: int

    def embed(self, texts: Sequence[str]) -> Any:
        """float32 (n, dimensions), each row of length 1, or 0 where a text holds nothing."""
        ...


class Index(Protocol):
    """Finds the nearest neighbours of a vector among those it keeps."""

    def add(self, key: Hashable, vector: Any) -> None:
        """Keep float32 (dimensions,) under a key, in place of what it had."""
        ...

    def drop(self, key: Hashable) -> bool:
        """Forget a key; whether it was there."""
        ...

    def vector(self, key: Hashable) -> Any:
        """What is kept under a key; KeyError where nothing is."""
        ...

    def search(self, vector: Any, count: int = 1) -> list[tuple[Hashable, float]]:
        """The nearest keys with their dot products, nearest first."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """The further methods of a store that outlives the process."""

    def load(self, now: float) -> list[tuple[Key, Entry]]:
        """What was kept before and has not expired, oldest first; called once, before anything else."""
        ...

    async def acked(self) -> None:
        """Return once everything that was put and dropped is committed; StoreError where it cannot be."""
        ...


@runtime_checkable
class Learner(Protocol):
    """The further methods of a part whose knowledge survives a restart."""

    def snapshot(self) -> Any:
        """What it has learned, as plain values that msgspec encodes; keys as `core.packing` makes them.

        What may grow long is best given as `core.pieces.Many`, of which no copy is ever whole in memory.
        """
        ...

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave, in place of what it has learned; the parameters stay its own."""
        ...
