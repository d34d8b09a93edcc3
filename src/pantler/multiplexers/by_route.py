"""Each route's own multiplexer behind one face, for one engine that decides for all routes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pantler.core.errors import UnknownPart
from pantler.core.seams import Learner, Multiplexer, Prospects, Watching
from pantler.core.types import SURE, Call, Miss, Outcome, Query, Rating, Serve


class ByRoute:
    """Hands every call to the multiplexer of the query's route, to `others` where no route has its name.

    A stored answer leaves when a label says that it is wrong, or words that are none have made that as sure: the next
    who asks gets another.
    """

    def __init__(self, routes: Mapping[str, Multiplexer], others: Multiplexer | None = None) -> None:
        self._routes = dict(routes)
        self._others = others
        every = [*self._routes.values(), *([others] if others is not None else [])]
        self.revisits = any(each.revisits for each in every)
        self._watching = {name: each for name, each in self._routes.items() if isinstance(each, Watching)}

    @property
    def routes(self) -> Mapping[str, Multiplexer]:
        """The multiplexer of each route, by its name."""
        return self._routes

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        return self._of(miss.query).choose(miss, prospects)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        each = self._routes.get(event.query.route, self._others)
        if each is None:  # a reload has taken the route away since it was asked: nobody is left to learn
            return None
        serve = each.learn(event, stored)
        if serve is None or not isinstance(event, Rating) or event.good >= 0.5:
            return serve
        return None if event.is_label or serve.wrong >= SURE else serve

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
        """What each route has learned, by its name, with what learned it; that of `others` under the empty name."""
        named = self._routes if self._others is None else {"": self._others, **self._routes}
        return {name: (_kind(each), each.snapshot()) for name, each in named.items() if isinstance(each, Learner)}

    def restore(self, kept: Any) -> None:
        """Take up what was learned of the routes that are still there and choose as they did."""
        for name, (kind, learned) in msgspec.convert(kept, dict[str, tuple[str, Any]]).items():
            each: object = self._routes.get(name, None if name else self._others)
            if isinstance(each, Learner) and _kind(each) == kind:
                each.restore(learned)

    def _of(self, query: Query) -> Multiplexer:
        found = self._routes.get(query.route, self._others)
        if found is None:
            raise UnknownPart("route", query.route, self._routes)
        return found


def _kind(each: object) -> str:
    return type(each).__qualname__
