"""One multiplexer follows another over what is stored, without holding the loop for as long as there is of that."""

import asyncio
import logging
from collections.abc import Collection, Container, Hashable, Iterator, Mapping, Sequence
from itertools import islice

from pantler.core.engine import Engine
from pantler.core.packing import as_kept
from pantler.core.seams import Learner, Multiplexer
from pantler.core.types import Key
from pantler.gateway.means import models_of
from pantler.gateway.routes import Routes
from pantler.gateway.setup import Setup
from pantler.multiplexers.by_route import ByRoute

SLICE = 50  # stored answers that are ranked before requests have their turn again, which takes some milliseconds

log = logging.getLogger("pantler.gateway")


def chooses_alike(old: Setup, new: Setup) -> bool:
    """Whether a multiplexer made anew would be the old one with less learned; a fitted file may have changed."""
    before, after = old.config, new.config
    if (before.models, before.any_model, before.routes) != (after.models, after.any_model, after.routes):
        return False
    is_priced_alike = all(old.terms.tariff(each.name) == new.terms.tariff(each.name) for each in models_of(after))
    return is_priced_alike and not any(route.multiplexer.fitted for route in after.routes)


def alike(old: Setup, new: Setup) -> frozenset[str]:
    """The routes that are the same in both, so that whoever chooses there would be made as he was."""
    before = {route.name: route for route in old.routes.all()}
    return frozenset(
        route.name for route in new.routes.all() if before.get(route.name) == route and not route.multiplexer.fitted
    )


class Succession:
    """Who chooses in `engine`, and by whom what it stores is ranked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(
        self, multiplexer: Multiplexer, former: Sequence[Key], alike: Collection[str] = ()
    ) -> Mapping[Hashable, float]:
        """What a first slice but the former is worth to one that is to follow; raises where it cannot follow.

        Routes that are `alike` in both keep who chooses there.
        """
        self._teach(multiplexer, alike)
        return self._engine.worth(multiplexer, self._keys(frozenset(former))[:SLICE])

    def end(self, multiplexer: Multiplexer, worth: Mapping[Hashable, float]) -> None:
        """It chooses from now on; what is not ranked by it yet is ranked in slices, between requests."""
        self._engine.adopt(multiplexer, worth)
        self._rank_soon(multiplexer, iter(self._keys(worth)))

    def former(self, routes: Routes) -> list[Key]:
        """The keys of what is stored for routes that are none of these."""
        known = {route.name for route in routes.all()}
        items = self._engine.cache.residents.values()
        return [item.payload.query.key for item in items if item.payload.query.route not in known]

    def _keys(self, without: Container[Hashable]) -> list[Hashable]:
        return [key for key in list(self._engine.cache) if key not in without]

    def _rank(self, multiplexer: Multiplexer, keys: Iterator[Hashable]) -> None:
        """The next slice, then the others; another one that follows meanwhile ranks them all itself."""
        some = list(islice(keys, SLICE))
        if not some or self._engine.multiplexer is not multiplexer:
            return
        try:
            self._engine.rank(self._engine.worth(multiplexer, some))
        except Exception as failure:  # noqa: BLE001 what is ranked as before is served as before
            log.error("some stored answers keep their rank of before the reload (%s)", type(failure).__name__)
        self._rank_soon(multiplexer, keys)

    def _rank_soon(self, multiplexer: Multiplexer, keys: Iterator[Hashable]) -> None:
        asyncio.get_running_loop().call_soon(self._rank, multiplexer, keys)

    def _teach(self, multiplexer: Multiplexer, alike: Collection[str]) -> None:
        """Let another multiplexer take up what the one at work has learned of its routes."""
        old = self._engine.multiplexer
        if isinstance(old, ByRoute) and isinstance(multiplexer, ByRoute):
            multiplexer.follow(old, alike)
        elif isinstance(old, Learner) and isinstance(multiplexer, Learner):
            multiplexer.restore(as_kept(old.snapshot()))
