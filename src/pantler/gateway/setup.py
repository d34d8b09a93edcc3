"""What a configuration makes of a gateway, apart from all that outlives it."""

from dataclasses import dataclass

from pantler.config.keys import Keyring
from pantler.config.values import Config, Tenant
from pantler.core.beliefs import Beliefs
from pantler.core.cost import Weights
from pantler.core.seams import Multiplexer
from pantler.estimators.mean import Mean
from pantler.gateway.books import Labels
from pantler.gateway.desk import ANYBODY, Desk
from pantler.gateway.means import Upstreams, means_of, models_of, weights_of
from pantler.gateway.routes import Routes
from pantler.live.plans import Means
from pantler.multiplexers.single import Single


@dataclass(frozen=True)
class Setup:
    """The parts that a reload replaces, all at once."""

    config: Config
    upstreams: Upstreams
    routes: Routes
    desk: Desk
    means: dict[str, Means]
    weights: dict[str, Weights]
    labels: Labels
    tenants: list[Tenant]
    multiplexer: Multiplexer


def set_up(config: Config, upstreams: Upstreams, secret: bytes) -> Setup:
    """The parts for a configuration; ConfigError where it has none."""
    routes = Routes(config)
    return Setup(
        config=config,
        upstreams=upstreams,
        routes=routes,
        desk=Desk(config, routes, Keyring(config.tenants, secret), secret),
        means=means_of(config, routes, upstreams),
        weights=weights_of(routes),
        labels=Labels(config.cache.policy, {route.name: route.multiplexer.use for route in routes.all()}),
        tenants=[*config.tenants, ANYBODY.tenant],
        multiplexer=multiplexer_of(config),
    )


def multiplexer_of(config: Config) -> Multiplexer:
    """What chooses among the models."""
    return Single(Beliefs({models_of(config)[0].name: Mean()}))
