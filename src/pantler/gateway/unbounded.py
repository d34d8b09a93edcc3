"""Models whose answers nothing bounds, though a budget has to: requests that name no limit are refused."""

from collections.abc import Iterator

from pantler.config.prices import price_of
from pantler.config.values import Config
from pantler.config.weighing import fallbacks_of
from pantler.config.worst_case import worst_case
from pantler.gateway.means import models_of
from pantler.gateway.routes import Routes


def unbounded(config: Config) -> Iterator[str]:
    """What to tell of each tenant with a budget that may ask such models."""
    open_ended = {
        model.name for model in models_of(config) if worst_case([(model, price_of(model)[0])], 1, None) is None
    }
    routes = Routes(config)
    for tenant in config.tenants if open_ended else ():
        if not tenant.has_budget:
            continue
        may_ask = [route for route in routes.all() if not tenant.routes or route.name in tenant.routes]
        asked = {model for route in may_ask for model in (*route.models, *fallbacks_of(route))}
        for model in sorted(asked & open_ended):
            yield (
                f"tenant {tenant.name} has a budget, and model {model} no max_tokens_out: "
                "requests that name no limit of their own are refused; give the model one"
            )
