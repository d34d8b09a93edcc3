"""What is wrong with a `[[tenants]]`: its keys, its routes, budgets that could not be held."""

from collections.abc import Collection, Mapping

from pantler.config.keys import is_digest
from pantler.config.prices import nano_dollars
from pantler.config.tables import Report
from pantler.config.values import Tenant
from pantler.core.errors import ConfigError, meant


def check_tenant(
    tenant: Tenant, models_of: Mapping[str, Collection[str]], unpriced: Mapping[str, str], report: Report
) -> None:
    """Report every mistake in the table; `models_of` maps what a client may name to the models that may be asked."""
    if not tenant.keys:
        report("keys", "it has none, so that nobody is this tenant", "make one with: pantler keys new")
    names = [key.name for key in tenant.keys if key.name]
    for index, key in enumerate(tenant.keys):
        if not is_digest(key.digest):
            remedy = 'write what "pantler keys digest" prints, never the key itself'
            report(f"keys[{index}].digest", "it is no keyed digest", remedy)
        if names.count(key.name) > 1:
            report(f"keys[{index}].name", f"there are two keys named {key.name!r}", "give each its own name")
    for name in tenant.routes:
        if name not in models_of:
            report("routes", f"there is no route {name!r}", meant(name, models_of))
    for budget in ("budget_per_day", "budget_per_month"):
        _check_budget(tenant, budget, models_of, unpriced, report)


def _check_budget(
    tenant: Tenant, key: str, models_of: Mapping[str, Collection[str]], unpriced: Mapping[str, str], report: Report
) -> None:
    budget = getattr(tenant, key)
    if budget is None:
        return
    try:
        nano_dollars(budget)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        report(key, wrong, remedy)
    reached = {model for name in tenant.routes or models_of for model in models_of.get(name, ())}
    for model in sorted(reached & unpriced.keys()):
        remedy = "give it a price, or name in routes those that this tenant may use"
        report(key, f"it cannot hold while model {model!r} has no price ({unpriced[model]})", remedy)
