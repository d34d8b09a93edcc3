"""What a configuration makes of a gateway, apart from all that outlives it."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from pantler import build
from pantler.config.keys import Keyring
from pantler.config.tariff import Tariff
from pantler.config.values import Config, Tenant
from pantler.config.weighing import reference_of, use_of, weights_of
from pantler.core.cost import Weights
from pantler.core.seams import Multiplexer
from pantler.gateway.counsel import NOBODY, Counsel
from pantler.gateway.desk import ANYBODY, Desk
from pantler.gateway.lines import Terms
from pantler.gateway.means import Upstreams, means_of, models_of
from pantler.gateway.routes import Routes
from pantler.learning.signals import Signals
from pantler.live.means import Means

if TYPE_CHECKING:
    from pantler.gateway.samples import Samples
    from pantler.live.appraising import Hearing
    from pantler.live.likeness import Likeness  # which stands on NumPy

VERSION = version("pantler")


@dataclass(frozen=True)
class Setup:
    """The parts that a reload replaces, all at once."""

    config: Config
    upstreams: Upstreams
    routes: Routes
    desk: Desk
    means: dict[str, Means]
    weights: dict[str, Weights]
    terms: Terms
    tenants: list[Tenant]
    multiplexer: Multiplexer
    counsel: Counsel
    likenesses: "dict[str, Likeness]"
    hearings: "dict[str, Hearing]"
    signals: Signals
    samples: "dict[str, Samples]"

    def told(self) -> dict[str, object]:
        """What a probe is told beside whether all is well."""
        terms = self.terms
        unpriced = [name for name in terms.models if terms.tariff(name)[0] is None]
        doubted = {name: each.warning for name, each in self.hearings.items() if each.warning}
        told = {"unpriced": unpriced, "not_promoted": doubted}
        return {name: found for name, found in told.items() if found}


def set_up(config: Config, upstreams: Upstreams, secret: bytes) -> Setup:
    """The parts for a configuration; ConfigError where it has none."""
    routes = Routes(config)
    counsel = Counsel(routes)
    tariff = Tariff(models_of(config))
    return Setup(
        config=config,
        upstreams=upstreams,
        routes=routes,
        desk=Desk(config, routes, Keyring(config.tenants, secret), secret),
        means=means_of(routes, tariff, upstreams),
        weights={route.name: weights_of(route.objective) for route in routes.all()},
        terms=terms_of(config, routes, tariff),
        tenants=[NOBODY, ANYBODY.tenant, *config.tenants],  # a configured one may bear its name, and has budgets
        multiplexer=build.multiplexer(config),
        counsel=counsel,
        likenesses=_likenesses(config, routes, counsel),
        hearings=_hearings(routes, tariff),
        signals=Signals(config.feedback.signals, config.feedback.raised_by_one_key),
        samples=_samples(config, routes),
    )


def _likenesses(config: Config, routes: Routes, counsel: Counsel) -> "dict[str, Likeness]":
    """What near questions are matched by, where a route looks for any."""
    if not any(route.semantic for route in config.routes):
        return {}
    from pantler.gateway.likenesses import likenesses_of

    return likenesses_of(routes, counsel)


def _samples(config: Config, routes: Routes) -> "dict[str, Samples]":
    """What is looked at beside requests, where a route has anything looked at."""
    if not any(route.scored or route.shadowed for route in config.routes):
        return {}
    from pantler.gateway.samples import samples_of

    return samples_of(routes)


def _hearings(routes: Routes, tariff: Tariff) -> "dict[str, Hearing]":
    """Who appraises texts, where a route's multiplexer is learned."""
    if not any(use_of(route) == "learned" for route in routes.all()):
        return {}
    from pantler.gateway.hearings import hearings_of

    return hearings_of(routes, tariff)


def terms_of(config: Config, routes: Routes, tariff: Tariff) -> Terms:
    """What rows have in common; names come with the version of what they name."""
    budgeted = [tenant.name for tenant in config.tenants if tenant.has_budget]
    return Terms(
        policy=f"{config.cache.policy} {VERSION}",
        multiplexers={route.name: f"{use_of(route)} {VERSION}" for route in routes.all()},
        references={route.name: reference_of(route) for route in routes.all()},
        models={model.name: model for model in models_of(config)},
        tariff=tariff,
        budgeted=frozenset(budgeted),
    )
