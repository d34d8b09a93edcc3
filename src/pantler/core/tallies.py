"""What the calls of each arm have shown, over a route as a whole and query by query.

    mean(q) = (k mean + sum of q's values) / (k + n(q))                    query by query, leaning on the route's mean
    radius  = sqrt(log(6 T |Q| / delta) / (2 n))           of a mean of n values, as a share of their range; theory 1

A count never passes T, the horizon: it is halved there together with its sum, so that what is long ago fades.
"""

from math import inf, log, sqrt
from typing import Any

import msgspec

from pantler.core.counts import CHARGED, NOTHING, SECONDS, Counts, Eight
from pantler.core.packing import packed
from pantler.core.pieces import Many
from pantler.core.recent import Recent
from pantler.core.types import NOT_TOLD_APART, Key, Outcome

_Kept = dict[str, Eight]


class Tallies:
    """Counts and sums by arm, a name for what is tallied together, such as a model.

    At most `max_queries` queries are told apart, the one observed longest ago is forgotten first; the route's share of
    what they taught stays. `pooling` is k.
    """

    def __init__(self, *, max_queries: int = 10_000, horizon: int = 10_000, pooling: float = 1.0) -> None:
        self.max_queries = max_queries
        self.horizon = horizon
        self.pooling = pooling
        self._route: dict[str, Counts] = {}
        self._by_query: Recent[Key, dict[str, Counts]] = Recent()

    def __contains__(self, key: Key) -> bool:
        return key in self._by_query

    def __len__(self) -> int:
        return len(self._by_query)

    def observe(self, key: Key, arm: str, kind: int, value: float) -> None:
        """One more observation of an arm for a query."""
        own = self._of(key)
        self._observe(own, arm, kind, value)
        self._keep(key, own)

    def observe_calls(self, outcome: Outcome) -> None:
        """What each call of an outcome charged for its query, and how long it took."""
        charged, own = outcome.charged, self._of(outcome.query.key)
        for (arm, charge), waited in zip(charged, outcome.seconds or (0.0,) * len(charged), strict=True):
            self._observe(own, arm, CHARGED, charge)
            self._observe(own, arm, SECONDS, waited)
        self._keep(outcome.query.key, own)

    def _of(self, key: Key) -> dict[str, Counts]:
        own = self._by_query.get(key)
        return {} if own is None else own

    def _keep(self, key: Key, own: dict[str, Counts]) -> None:
        if key != NOT_TOLD_APART:  # they are many queries, and no answer to one says anything of another
            self._by_query.write(key, own, self.max_queries)

    def view(self, key: Key, delta: float) -> "View":
        """What is known for one query, with bounds that fail with chance `delta`."""
        own = self._by_query.get(key)
        queries = 1 if own is None else len(self._by_query)
        return View(self._route, own, self.pooling, log(6.0 * self.horizon * queries / delta))

    def number(self, arm: str, kind: int) -> float:
        """How many observations of an arm there were, over all queries."""
        return self._route.get(arm, NOTHING).of(kind)[0]

    def numbers(self, arm: str) -> tuple[float, float]:
        """How many labels and how many calls of an arm there were, over all queries."""
        route = self._route.get(arm, NOTHING)
        return route.labels, route.calls

    def mean(self, arm: str, kind: int) -> float | None:
        """The mean over all queries, None where nothing was observed."""
        number, total = self._route.get(arm, NOTHING).of(kind)
        return total / number if number else None

    def total(self, kind: int) -> float:
        """How many observations of a kind there were, over all arms."""
        return sum(route.of(kind)[0] for route in self._route.values())

    def snapshot(self) -> Any:
        by_query = list(self._by_query.items())  # in one go, for another thread may observe meanwhile
        return [_snapshot(self._route), Many(_packed, by_query)]

    def restore(self, kept: Any) -> None:
        route, by_query = msgspec.convert(kept, tuple[_Kept, list[tuple[bytes, _Kept]]])
        self._route, told_apart = _restored(route), [(key, _restored(arms)) for key, arms in by_query]
        self._by_query = Recent((int.from_bytes(key), arms) for key, arms in told_apart[-self.max_queries :])

    def _observe(self, own: dict[str, Counts], arm: str, kind: int, value: float) -> None:
        for arms in (self._route, own):
            counts = arms.get(arm)
            if counts is None:
                counts = arms[arm] = Counts()
            counts.add(kind, value)
        self._route[arm].fade(kind, self.horizon)


class View:
    """The tallies as one query sees them: its own, leaning on the route's, or the route's where it has none."""

    __slots__ = ("_doubt", "_own", "_pooling", "_route")

    def __init__(self, route: dict[str, Counts], own: dict[str, Counts] | None, pooling: float, doubt: float) -> None:
        self._route = route
        self._own = own
        self._pooling = pooling
        self._doubt = doubt

    @property
    def is_known(self) -> bool:
        """Whether the query is told apart."""
        return self._own is not None

    def seen(self, arm: str, kind: int, prior: float, prior_weight: float = 0.0) -> tuple[float, float]:
        """A mean, and by how many observations it is held.

        Over the route `prior` counts as so many observations more, which are not among those that come back.
        """
        held_by, total = self._route.get(arm, NOTHING).of(kind)
        mean = (total + prior_weight * prior) / (held_by + prior_weight) if held_by else prior
        if self._own is None:
            return mean, held_by
        own, own_total = self._own.get(arm, NOTHING).of(kind)
        pooling = self._pooling
        weight = pooling + own
        return (pooling * mean + own_total) / weight if weight else mean, min(pooling, held_by) + own

    def own(self, arm: str, kind: int) -> tuple[float, float]:
        """How many observations of the query itself there were, and their sum."""
        return (NOTHING if self._own is None else self._own.get(arm, NOTHING)).of(kind)

    def direct(self, arm: str, charge: float, wrong: float) -> tuple[float, float, float, float, float]:
        """Of a model that nobody judges: its charge, seconds and P(wrong), and what the first and the last are held by.

        The same as `seen` three times, `charge` and `wrong` being the priors, the second of weight 1; in a third of the
        time, since every decision asks it of every model.
        """
        route = self._route.get(arm, NOTHING)
        calls, labels = route.calls, route.labels
        if calls:
            charge = route.charged / calls
        seconds = route.seconds / route.timed if route.timed else 0.0
        if labels:
            wrong = (route.wrong + wrong) / (labels + 1.0)
        if self._own is None:
            return charge, seconds, wrong, calls, labels
        own = self._own.get(arm, NOTHING)
        pooling = self._pooling
        if weight := pooling + own.calls:
            charge = (pooling * charge + own.charged) / weight
        if weight := pooling + own.timed:
            seconds = (pooling * seconds + own.seconds) / weight
        if weight := pooling + own.labels:
            wrong = (pooling * wrong + own.wrong) / weight
        return charge, seconds, wrong, min(pooling, calls) + own.calls, min(pooling, labels) + own.labels

    def radius(self, held_by: float) -> float:
        """By how much of its range a mean may be wrong; without end where nothing was seen."""
        return sqrt(self._doubt / (2.0 * held_by)) if held_by else inf


def _packed(query: tuple[Key, dict[str, Counts]]) -> tuple[bytes, _Kept]:
    return packed(query[0]), _snapshot(query[1])


def _snapshot(arms: dict[str, Counts]) -> _Kept:
    return {arm: counts.kept() for arm, counts in list(arms.items())}


def _restored(arms: _Kept) -> dict[str, Counts]:
    return {arm: Counts.restored(counts) for arm, counts in arms.items()}
