"""Everything that one configuration puts together to answer requests."""

from functools import partial

from pantler.config.keys import Keyring
from pantler.config.values import Config, Tenant
from pantler.core.beliefs import Beliefs
from pantler.core.seams import Multiplexer
from pantler.estimators.mean import Mean
from pantler.gateway.answers import Answers
from pantler.gateway.app import App, Paths
from pantler.gateway.books import Books, Labels
from pantler.gateway.budgets import Budgets
from pantler.gateway.clocks import Clocks
from pantler.gateway.desk import ANYBODY, Desk
from pantler.gateway.exchange import Exchange
from pantler.gateway.health import Health
from pantler.gateway.keeping import Keeping
from pantler.gateway.limits import Limiter
from pantler.gateway.listing import PATH, Listing
from pantler.gateway.means import Upstreams, means_of, models_of, weights_of
from pantler.gateway.ratings import Ratings
from pantler.gateway.replies import Refused
from pantler.gateway.routes import Routes
from pantler.gateway.wires import found
from pantler.live.calls import Calls
from pantler.live.loop import Loop
from pantler.multiplexers.single import Single


class Serving:
    """The parts of a gateway under one configuration."""

    def __init__(self, config: Config, upstreams: Upstreams, keeping: Keeping, clocks: Clocks) -> None:
        self.config = config
        self.keeping = keeping
        self.upstreams = upstreams
        routes = Routes(config)
        tenants = tenants_of(config)
        self.budgets = Budgets(tenants, clocks.wall)
        self.limiter = Limiter(tenants, clocks.monotonic)
        labels = Labels(config.cache.policy, {route.name: route.multiplexer.use for route in routes.all()})
        self.books = Books(self.budgets, keeping.rows.append, clocks.monotonic, labels)
        calls = Calls(means_of(config, routes, upstreams), weights_of(routes), self.books)
        self.loop = Loop(keeping.engine, keeping.store, calls, clocks.wall)
        desk = Desk(config, routes, Keyring(config.tenants, keeping.secret), keeping.secret)
        self.answers = Answers(desk, self.limiter, self.loop, self.books)
        self.health = Health({}, {})
        self.app = App(self._paths(), self._failed, clocks.wall, clocks.monotonic)

    def _paths(self) -> Paths:
        """What is served where."""
        listing = Listing(self.answers)
        ratings = Ratings(self.answers, self.keeping.rows.rate, self.keeping.rows.find)
        return {
            **{wire.path: {"POST": partial(self.answers.answer, wire)} for wire in found()},
            PATH: {"GET": listing.all},
            f"{PATH}/": {"GET": listing.one},
            "/v1/feedback": {"POST": ratings.take},
            "/healthz": {"GET": self.health.alive, "HEAD": self.health.alive},
            "/readyz": {"GET": self.health.ready, "HEAD": self.health.ready},
        }

    def _failed(self, exchange: Exchange, refusal: Refused, failure: Exception) -> None:
        if exchange.holder is not None and not exchange.is_noted:
            self.books.turned_away(exchange, refusal)

    async def close(self) -> None:
        """Let go of the upstreams."""
        for upstream in self.upstreams.values():
            await upstream.close()


def tenants_of(config: Config) -> list[Tenant]:
    """Every tenant, and whoever asks where no keys are configured."""
    return [*config.tenants, ANYBODY.tenant]


def multiplexer_of(config: Config) -> Multiplexer:
    """What chooses among the models."""
    return Single(Beliefs({models_of(config)[0].name: Mean()}))
