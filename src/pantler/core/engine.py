"""The decisions of cache and multiplexer, taken together and without waiting.

`look` counts an arrival, `decide` chooses what to do on a miss, `learn` folds in what came of it; `explain` changes
nothing. The live loop and the simulator are two thin drivers of this one engine.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from pantler.core.cache import Cache
from pantler.core.item import Item, new_item
from pantler.core.ledger import Ledger
from pantler.core.seams import Matcher, Multiplexer
from pantler.core.types import Answer, Call, Explanation, Miss, Outcome, Query, Rating, Serve, Verdict

NOT_STORED = Verdict(admitted=False, reason="not to be stored")
KEPT = Verdict(admitted=True, reason="kept")
DROPPED = Verdict(admitted=False, reason="believed wrong")
UNKNOWN = Verdict(admitted=False, reason="no longer stored")


class Engine:
    """One cache and one multiplexer, ranked by one estimate of cost.

    A stored item's payload is the `Serve` that a hit on it returns, and its cost what such a hit saves under the
    multiplexer's choice (theory 1: P min_m c_m; theory 2.2: less the error that a stored answer keeps).
    """

    def __init__(self, cache: Cache, multiplexer: Multiplexer, *, matcher: Matcher | None = None) -> None:
        self.cache = cache
        self.multiplexer = multiplexer
        self.matcher = matcher
        self.ledger = Ledger()

    def look(self, query: Query, now: float = 0.0) -> Serve | Miss:
        """Count the arrival; serve what is stored under its key. `now` in the unit of the outcomes' `expires`."""
        item = self.cache.look(query.key, now)
        if item is None:
            return Miss(query, self.cache.arrive(query.key))
        serve: Serve = item.payload
        self.ledger.hit(serve.saved, item.size)
        if self.multiplexer.revisits:
            call = self.multiplexer.revisit(query, serve.answer, item.frequency)
            if call is not None:
                return replace(serve, upgrade=call)
        return serve

    def decide(self, miss: Miss, neighbours: Sequence[Item] = ()) -> Serve | Call:
        """Serve a neighbour that the matcher accepts, or call the models of least expected cost."""
        if neighbours and self.matcher is not None:
            near = self.matcher.match(miss.query, neighbours)
            if near is not None:
                serve: Serve = near.payload
                return replace(serve, reason="semantic")
        return self.multiplexer.choose(miss, self.cache)

    def learn(self, event: Outcome | Rating, now: float = 0.0) -> Verdict:
        """Fold in what a call cost, or what somebody said of an answer; keep, replace or drop what is stored."""
        item = self.cache.peek(event.query.key)
        if isinstance(event, Rating):
            return self._rate(event, item)
        answer = self.multiplexer.learn(event, None)
        self.ledger.call(event.charges)
        if not event.cacheable or answer is None:
            return NOT_STORED
        if item is not None:
            answer = replace(answer, upgraded=True)
        return self._store(event, answer, now)

    def explain(self, query: Query, neighbours: Sequence[Item] = ()) -> Explanation:
        """What `look` and `decide` would do now, in numbers."""
        item = self.cache.peek(query.key)
        answer = None if item is None else item.payload.answer
        frequency = 1 if item is None else item.frequency
        return Explanation(
            resident=item is not None,
            frequency=frequency,
            priority=None if item is None else item.priority,
            saved=self.multiplexer.saved(query, answer),
            call=self.multiplexer.choose(Miss(query, frequency), self.cache),
            upgrade=None if answer is None else self.multiplexer.revisit(query, answer, frequency),
        )

    def _store(self, outcome: Outcome, answer: Answer, now: float) -> Verdict:
        query = outcome.query
        saved = self.multiplexer.saved(query, answer)
        size = query.size_bytes if outcome.size_bytes is None else outcome.size_bytes
        item = new_item(query.key, cost=saved, size=size, payload=Serve(query, answer, saved))
        item.expires = outcome.expires
        verdict = self.cache.put(item, now)
        for item in verdict.evicted:
            self.multiplexer.left(item.payload.query, item.frequency)
        return verdict

    def _rate(self, rating: Rating, item: Item | None) -> Verdict:
        """Move the belief in the stored answer, if it is still the one that was rated."""
        serve: Serve | None = None if item is None else item.payload
        stored = serve.answer if serve is not None and serve.answer.model == rating.model else None
        answer = self.multiplexer.learn(rating, stored)
        if item is None or serve is None or stored is None:
            return UNKNOWN
        saved = 0.0 if answer is None else self.multiplexer.saved(serve.query, answer)
        if answer is None or saved <= 0.0:
            self.multiplexer.left(serve.query, item.frequency)
            self.cache.drop(serve.query.key)
            return DROPPED
        item.payload = Serve(serve.query, answer, saved)
        if saved != item.cost:
            self.cache.revalue(serve.query.key, saved)
        return KEPT
