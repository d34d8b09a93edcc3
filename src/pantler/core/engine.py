"""The decisions of cache and multiplexer, taken together and without waiting.

`look` counts an arrival, `decide` chooses what to do on a miss, `learn` folds in what came of it; `explain` changes
nothing. The live loop and the simulator are two thin drivers of this one engine.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from pantler.core.cache import Cache
from pantler.core.item import Item
from pantler.core.ledger import Ledger
from pantler.core.seams import Multiplexer, Watching, Weighing
from pantler.core.types import Call, Explanation, Foresee, Further, Miss, Outcome, Query, Rating, Serve, Verdict

NOT_STORED: Final = Verdict(admitted=False, reason="not to be stored")
KEPT: Final = Verdict(admitted=True, reason="kept")
DROPPED: Final = Verdict(admitted=False, reason="not worth keeping")
STAYS: Final = Verdict(admitted=False, reason="what is stored is the better answer")
GONE: Final = Verdict(admitted=False, reason="no longer stored")


class _Foreseen:
    """The cache as a multiplexer will find it once the query that is explained has come."""

    def __init__(self, cache: Cache, frequency: float) -> None:
        self._cache = cache
        self._frequency = frequency

    def keeps(self, query: Query, saved: float) -> bool:
        return self._cache.keeps(query, saved, self._frequency)


class Engine:
    """One cache and one multiplexer, ranked by one estimate of cost.

    A stored item's payload is the `Serve` that a hit on it returns, and its cost what such a hit saves under the
    multiplexer's choice (theory 1: P min_m c_m; theory 2.2: less the error that a stored answer keeps).
    """

    def __init__(self, cache: Cache, multiplexer: Multiplexer) -> None:
        self.cache = cache
        self.multiplexer = multiplexer
        self.ledger = Ledger()
        self._revisits = multiplexer.revisits
        self._watching = multiplexer if isinstance(multiplexer, Watching) else None

    def look(self, query: Query, now: float = 0.0) -> Serve | Miss:
        """Count the arrival; serve what is stored under its key. `now` is in the unit of the outcomes' `expires`."""
        item = self.find(query.key, now)
        if item is None:
            return Miss(query, self.cache.arrive(query.key))
        serve: Serve = item.payload
        if self._revisits:
            frequency = self.cache.count(item)
            if self._watching is not None:
                self._watching.served(serve, frequency)
            call = self.multiplexer.revisit(serve, frequency)
            if call is not None:
                return replace(serve, upgrade=call)
        return serve

    def find(self, key: Hashable, now: float) -> Item | None:
        """The item that serves `key`, touched and folded into the ledger; the part of `look` that knows no query."""
        item = self.cache.look(key, now)
        if item is not None:
            self.ledger.hit(item.cost, item.size)
        return item

    def decide(self, miss: Miss) -> Call:
        """Call the models of least expected cost."""
        return self.multiplexer.choose(miss, self.cache)

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        """What to make of the answers that have come for a call that weighs them; as `seams.Weighing` has it."""
        if isinstance(self.multiplexer, Weighing):
            return self.multiplexer.further(query, said, serves)
        return Further(said[0][0])

    def learn(self, event: Outcome | Rating, now: float = 0.0) -> Verdict:
        """Fold in what a call cost, or what somebody said of an answer; keep, replace or drop what is stored."""
        if not isinstance(event, Outcome):  # which compiles to a look at its type, a struct's to a call
            return self._rate(event)
        self.ledger.call(event.model, event.cost, event.charges)
        old = self.cache.peek(event.query.key)
        stored: Serve | None = old.payload if old is not None and event.beside else None
        serve = self.multiplexer.learn(event, stored)
        if old is not None and serve is not None and stored is not None and serve.model == stored.model:
            if serve is not stored:
                self.cache.put(Item(event.query.key, serve.saved, old.size, serve, old.expires), now)
            return STAYS
        if serve is None or not event.cacheable:
            return NOT_STORED
        if self._revisits and old is not None and old.payload.model != serve.model:
            serve = replace(serve, upgraded=True)
        size = event.query.size_bytes if event.size_bytes is None else event.size_bytes
        item = Item(event.query.key, serve.saved, size, serve, event.expires)
        verdict = self.cache.put(item, now)
        if self._revisits:
            for victim in verdict.evicted:
                self.multiplexer.left(victim.payload, self.cache.count(victim))
        return verdict

    def explain(self, query: Query, now: float = 0.0, foresee: Foresee | None = None) -> Explanation:
        """What `look` and `decide` would do at `now`, in numbers; `foresee` is as a Miss has it."""
        item = self.cache.peek(query.key)
        if item is None or item.expires <= now:
            return self._explain_miss(query, foresee)
        stored: Serve = item.payload
        frequency = self.cache.count(item) + 1.0
        return Explanation(
            stored=stored,
            frequency=frequency,
            priority=item.priority,
            call=self.multiplexer.choose(Miss(query, frequency, foresee), self.cache),
            upgrade=self.multiplexer.revisit(stored, frequency),
        )

    def adopt(self, multiplexer: Multiplexer, worth: Mapping[Hashable, float] | None = None) -> None:
        """Choose and rank by another multiplexer from now on, which must know the routes of all that is stored.

        `worth` is what `worth` says of it, where that was asked before, of all or of some, the others still to `rank`;
        else nothing changes where it cannot say.
        """
        saved = self.worth(multiplexer) if worth is None else worth
        self.multiplexer = multiplexer
        self._revisits = multiplexer.revisits
        self._watching = multiplexer if isinstance(multiplexer, Watching) else None
        self.rank(saved)

    def worth(self, multiplexer: Multiplexer, keys: Iterable[Hashable] | None = None) -> Mapping[Hashable, float]:
        """What a hit on each stored answer, or those of `keys`, would save by its choice; changes nothing."""
        stored = [(key, self.cache.peek(key)) for key in (list(self.cache) if keys is None else keys)]
        return {key: multiplexer.revalue(item.payload) for key, item in stored if item is not None}

    def _explain_miss(self, query: Query, foresee: Foresee | None) -> Explanation:
        frequency = self.cache.foresee(query.key)
        return Explanation(
            stored=None,
            frequency=frequency,
            priority=None,
            call=self.multiplexer.choose(Miss(query, frequency, foresee), _Foreseen(self.cache, frequency)),
            upgrade=None,
        )

    def rank(self, worth: Mapping[Hashable, float]) -> None:
        """Rank stored answers by what a hit on each is worth, as `worth` says."""
        for key, saved in worth.items():
            item = self.cache.peek(key)
            if item is not None:
                item.payload = replace(item.payload, saved=saved)
                self.cache.revalue(key, saved)

    def _rate(self, rating: Rating) -> Verdict:
        """Move the belief in the stored answer, if it is still the rated model's."""
        key = rating.query.key
        item = self.cache.peek(key)
        stored = item.payload if item is not None and item.payload.model == rating.model else None
        serve = self.multiplexer.learn(rating, stored)
        if item is None or stored is None:
            return GONE
        if serve is None:
            self.multiplexer.left(stored, self.cache.count(item))
            self.cache.drop(key)
            return DROPPED
        item.payload = serve
        if serve.saved != item.cost:
            self.cache.revalue(key, serve.saved)
        return KEPT
