"""What the calls of each arm have shown, over a route as a whole and query by query.

    mean(q) = (k mean + sum of q's values) / (k + n(q))                    query by query, leaning on the route's mean
    radius  = sqrt(log(6 T |Q| / delta) / (2 n))           of a mean of n values, as a share of their range; theory 1

A count never passes T, the horizon: it is halved there together with its sum, so that what is long ago fades.
"""

from collections.abc import Iterator
from math import inf, log, sqrt
from typing import Any, Final

import msgspec

from pantler.core.packing import packed
from pantler.core.pieces import Many
from pantler.core.recent import Recent
from pantler.core.types import NOT_TOLD_APART, Key, Outcome

# What is tallied of an arm: its cost, seconds, 0 or 1, 0 or 1.
CHARGED: Final = 0
SECONDS: Final = 1
WRONG: Final = 2
DEFERRED: Final = 3
KINDS: Final = 4

Counts = list[float]  # KINDS counts, then KINDS sums

_NOTHING: Final[Counts] = [0.0] * (2 * KINDS)


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
        return self._route.get(arm, _NOTHING)[kind]

    def numbers(self, arm: str) -> tuple[float, float]:
        """How many labels and how many calls of an arm there were, over all queries."""
        route = self._route.get(arm, _NOTHING)
        return route[WRONG], route[CHARGED]

    def mean(self, arm: str, kind: int) -> float | None:
        """The mean over all queries, None where nothing was observed."""
        route = self._route.get(arm, _NOTHING)
        number = route[kind]
        return route[KINDS + kind] / number if number else None

    def total(self, kind: int) -> float:
        """How many observations of a kind there were, over all arms."""
        return sum(route[kind] for route in self._route.values())

    def snapshot(self) -> Any:
        by_query = list(self._by_query.items())  # in one go, for another thread may observe meanwhile
        route = {arm: list(counts) for arm, counts in list(self._route.items())}
        return [route, Many(_packed, by_query)]

    def restore(self, kept: Any) -> None:
        route, by_query = msgspec.convert(kept, tuple[dict[str, Counts], list[tuple[bytes, dict[str, Counts]]]])
        for counts in _all_counts(route, by_query):
            if len(counts) != 2 * KINDS:
                raise msgspec.ValidationError("these tallies count something else")
        self._route = route
        self._by_query = Recent((int.from_bytes(key), arms) for key, arms in by_query[-self.max_queries :])

    def _observe(self, own: dict[str, Counts], arm: str, kind: int, value: float) -> None:
        for arms in (self._route, own):
            counts = arms.get(arm)
            if counts is None:
                counts = arms[arm] = [0.0] * (2 * KINDS)
            counts[kind] += 1.0
            counts[KINDS + kind] += value
        route = self._route[arm]
        if route[kind] >= self.horizon:
            route[kind] /= 2.0
            route[KINDS + kind] /= 2.0


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
        route = self._route.get(arm, _NOTHING)
        held_by = route[kind]
        mean = (route[KINDS + kind] + prior_weight * prior) / (held_by + prior_weight) if held_by else prior
        if self._own is None:
            return mean, held_by
        own = self._own.get(arm, _NOTHING)
        pooling = self._pooling
        weight = pooling + own[kind]
        return (pooling * mean + own[KINDS + kind]) / weight if weight else mean, min(pooling, held_by) + own[kind]

    def own(self, arm: str, kind: int) -> tuple[float, float]:
        """How many observations of the query itself there were, and their sum."""
        own = _NOTHING if self._own is None else self._own.get(arm, _NOTHING)
        return own[kind], own[KINDS + kind]

    def direct(self, arm: str, charge: float, wrong: float) -> tuple[float, float, float, float, float]:
        """Of a model that nobody judges: its charge, seconds and P(wrong), and what the first and the last are held by.

        The same as `seen` three times, `charge` and `wrong` being the priors, the second of weight 1; in a third of the
        time, since every decision asks it of every model.
        """
        route = self._route.get(arm, _NOTHING)
        calls, timed, labels = route[CHARGED], route[SECONDS], route[WRONG]
        if calls:
            charge = route[KINDS + CHARGED] / calls
        seconds = route[KINDS + SECONDS] / timed if timed else 0.0
        if labels:
            wrong = (route[KINDS + WRONG] + wrong) / (labels + 1.0)
        if self._own is None:
            return charge, seconds, wrong, calls, labels
        own = self._own.get(arm, _NOTHING)
        pooling = self._pooling
        if weight := pooling + own[CHARGED]:
            charge = (pooling * charge + own[KINDS + CHARGED]) / weight
        if weight := pooling + own[SECONDS]:
            seconds = (pooling * seconds + own[KINDS + SECONDS]) / weight
        if weight := pooling + own[WRONG]:
            wrong = (pooling * wrong + own[KINDS + WRONG]) / weight
        return charge, seconds, wrong, min(pooling, calls) + own[CHARGED], min(pooling, labels) + own[WRONG]

    def radius(self, held_by: float) -> float:
        """By how much of its range a mean may be wrong; without end where nothing was seen."""
        return sqrt(self._doubt / (2.0 * held_by)) if held_by else inf


def _packed(query: tuple[Key, dict[str, Counts]]) -> tuple[bytes, dict[str, Counts]]:
    return packed(query[0]), query[1]


def _all_counts(route: dict[str, Counts], by_query: list[tuple[bytes, dict[str, Counts]]]) -> Iterator[Counts]:
    yield from route.values()
    for _, arms in by_query:
        yield from arms.values()
