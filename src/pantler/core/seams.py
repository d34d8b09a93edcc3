"""The protocols between the parts that decide, all on one page; those of the edges are in edges.py."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pantler.core.item import Item
from pantler.core.queues import Queues
from pantler.core.traits import Traits
from pantler.core.types import Call, Further, Miss, Outcome, Query, Rating, Serve

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

        With a call that was made beside what is stored it is that, and may be returned in place of the new answer.
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


@runtime_checkable
class Weighing(Protocol):
    """The further method of a multiplexer that weighs answers against each other before one is served."""

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        """What to make of the answers that have come for a call of so many `serves`: (model, digest), the kept first.

        The last has come after one of the others was kept; changes nothing.
        """
        ...


@runtime_checkable
class Paying(Protocol):
    """The further method of a multiplexer that keeps to a budget."""

    def paid(self, spent: int) -> None:
        """Calls from which there is nothing to learn have taken so many nano-dollars."""
        ...


@runtime_checkable
class Overlooking(Protocol):
    """The further method of a multiplexer that learns from answers which no client was given."""

    def shadowed(self, outcome: Outcome) -> None:
        """One model was asked beside whoever answered the query: what it charged, and how wrong it was if that is told.

        It was drawn by chance, so that nothing is to be learned from its having been asked.
        """
        ...


@runtime_checkable
class Around(Protocol):
    """The further member of a multiplexer around another; where it learns, what it keeps begins with that one's."""

    @property
    def inner(self) -> Multiplexer:
        """The one that it is around."""
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
