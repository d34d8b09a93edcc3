"""The prices of a configuration's models by name, each looked up once."""

from collections.abc import Iterable

from pantler.config.prices import STANDARD_TIERS, price_of
from pantler.config.values import Model
from pantler.core.cost import Price

Priced = tuple[Price | None, str]


class Tariff:
    """Gives a model's price with its source; at a service tier other than the standard one too, where it is listed."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {model.name: model for model in models}
        self._standard = {model.name: price_of(model) for model in self._models.values()}
        self._others: dict[tuple[str, str], Priced] = {}

    def after(self, old: "Tariff") -> "Tariff":
        """These prices, beside the old ones of models that are gone."""
        both = Tariff(())
        both._models = {**old._models, **self._models}
        both._standard = {**old._standard, **self._standard}
        return both

    def __call__(self, name: str, service_tier: str = "") -> Priced:
        if service_tier in STANDARD_TIERS:
            return self._standard[name]
        found = self._others.get((name, service_tier))
        if found is None:
            found = price_of(self._models[name], service_tier)
            if found[0] is not None:  # clients name tiers, and may make up any number of them
                self._others[name, service_tier] = found
        return found
