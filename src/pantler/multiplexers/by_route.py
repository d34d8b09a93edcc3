"""Each route's own multiplexer behind one face, for one engine that decides for all routes."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pantler.core.errors import UnknownPart
from pantler.core.packing import as_kept
from pantler.core.seams import Around, Learner, Multiplexer, Prospects, Watching, Weighing
from pantler.core.types import SURE, Call, Further, Miss, Outcome, Query, Rating, Serve

log = logging.getLogger("pantler.routes")


class ByRoute:
    """Hands every call to the multiplexer of the query's route, to `others` where no route has its name.

    A stored answer leaves when a label says that it is wrong, or words that are none have made that as sure: the next
    who asks gets another.
    """

    def __init__(self, routes: Mapping[str, Multiplexer], others: Multiplexer | None = None) -> None:
        self._routes = dict(routes)
        self._others = others
        self._former: dict[str, Multiplexer] = {}  # of routes that are gone, that of `others` under the empty name
        every = [*self._routes.values(), *([others] if others is not None else [])]
        self.revisits = any(each.revisits for each in every)
        self._watching = {name: each for name, each in self._routes.items() if isinstance(each, Watching)}

    @property
    def routes(self) -> Mapping[str, Multiplexer]:
        """The multiplexer of each route, by its name."""
        return self._routes

    def follow(self, old: "ByRoute", alike: Collection[str] = ()) -> None:
        """Take the place of the old one: learn what it has learned, and have its multiplexers of routes that are alike.

        The old one goes on choosing for whoever asked by a route that is gone, before it went.
        """
        stay = {name: each for name, each in old._routes.items() if name in self._routes and name in alike}
        learned = {name: each for name, each in old._learners() if name not in stay}
        self.restore(as_kept(_learned(learned)))
        self._routes.update(stay)
        self._watching = {name: each for name, each in self._routes.items() if isinstance(each, Watching)}
        others = {} if old._others is None else {"": old._others}
        self._former = {**old._former, **old._routes, **others}

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        route = miss.query.route
        found = self._routes.get(route, self._others) or self._former.get(route) or self._former.get("")
        return (found or self._of(miss.query)).choose(miss, prospects)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        heard = event.query if stored is None else stored.query  # who learned of an answer hears what is said of it
        each = self._routes.get(heard.route, self._others)
        if each is None:  # a reload has taken the route away since it was asked: nobody is left to learn
            return None
        serve = each.learn(event, stored)
        if serve is None or isinstance(event, Outcome) or event.good >= 0.5:
            return serve
        return None if event.is_label or serve.wrong >= SURE else serve

    def further(self, query: Query, said: Sequence[tuple[str, int]], serves: float) -> Further:
        each: object = self._routes.get(query.route, self._others)
        return each.further(query, said, serves) if isinstance(each, Weighing) else Further(said[0][0])

    def revalue(self, stored: Serve) -> float:
        return self._of(stored.query).revalue(stored)

    def revisit(self, stored: Serve, frequency: float) -> Call | None:
        return self._of(stored.query).revisit(stored, frequency)

    def served(self, stored: Serve, frequency: float) -> None:
        each = self._watching.get(stored.query.route)
        if each is not None:
            each.served(stored, frequency)

    def left(self, stored: Serve, frequency: float) -> None:
        self._of(stored.query).left(stored, frequency)

    def snapshot(self) -> Any:
        """What each route has learned, by its name, with what learned it; that of `others` under the empty name.

        What is around another multiplexer is named before it, and begins with what that one has learned.
        """
        return _learned(dict(self._learners()))

    def restore(self, kept: Any) -> None:
        """Take up what was learned of the routes that are still there, as far as they choose as they did."""
        for name, (kinds, learned) in msgspec.convert(kept, dict[str, tuple[list[str], Any]]).items():
            each = self._routes.get(name, None if name else self._others)
            dropped = [] if each is None else _taught(each, kinds, learned)
            if dropped:
                what, route = " and ".join(dropped), name or "of any model"
                log.warning("route %s: what was learned by %s is dropped, as another rule chooses now", route, what)

    def _learners(self) -> list[tuple[str, Learner]]:
        named = self._routes if self._others is None else {"": self._others, **self._routes}
        return [(name, each) for name, each in named.items() if isinstance(each, Learner)]

    def _of(self, query: Query) -> Multiplexer:
        found = self._routes.get(query.route, self._others)
        if found is None:
            raise UnknownPart("route", query.route, self._routes)
        return found


def _learned(learners: Mapping[str, Learner]) -> dict[str, tuple[list[str], Any]]:
    """By name what each has learned, and with what; of one around another that one is named first."""
    return {name: (_kinds(each), each.snapshot()) for name, each in learners.items()}


def _taught(each: Multiplexer, kinds: list[str], learned: Any) -> list[str]:
    """Let a multiplexer, or the one that it is around, take up what it knows how to; the kinds of what nobody does."""
    for at in range(len(kinds)):
        for within in _layers(each):
            if isinstance(within, Learner) and _kinds(within) == kinds[at:]:
                within.restore(learned)
                return kinds[:at]
        if at + 1 < len(kinds):
            learned = learned[0]
    return kinds


def _layers(each: object) -> Iterator[object]:
    """A multiplexer, and those that it is around, from the outermost in."""
    yield each
    if isinstance(each, Around):
        yield from _layers(each.inner)


def _kinds(each: object) -> list[str]:
    return [type(layer).__qualname__ for layer in _layers(each)]
