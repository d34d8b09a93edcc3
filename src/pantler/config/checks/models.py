"""What is wrong with a `[[models]]`: who is asked, with which key, at which price."""

from collections.abc import Mapping

from msgspec.structs import asdict

from pantler.config.addresses import check_url
from pantler.config.parts import exists, names
from pantler.config.prices import pico_dollars
from pantler.config.secrets import check_set, check_settings
from pantler.config.tables import Report
from pantler.config.values import Model, Prices
from pantler.core.errors import ConfigError, meant

AT_AN_ADDRESS = {"openai"}  # providers that have to be told where


def check_model(model: Model, environment: Mapping[str, str], report: Report) -> None:
    """Report every mistake in the table."""
    if not exists("providers", model.provider):
        report("provider", f"there is no provider {model.provider!r}", meant(model.provider, names("providers")))
    if model.base_url:
        _check_url(model.base_url, report)
    elif model.provider in AT_AN_ADDRESS:
        report("base_url", "it is missing", 'say where the model is asked, such as "https://api.openai.com/v1"')
    if model.key_env:
        check_set("key_env", model.key_env, environment, report)
    if isinstance(model.price, Prices):
        _check_prices(model.price, report)
    check_settings(model.settings, report)


def _check_url(url: str, report: Report) -> None:
    try:
        check_url(url)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        report("base_url", wrong, remedy)


def _check_prices(prices: Prices, report: Report) -> None:
    for name, dollars in asdict(prices).items():
        try:
            pico_dollars(0 if dollars is None else dollars)
        except ConfigError as error:
            wrong, _, remedy = str(error).partition("; ")
            report(f"price.{'in' if name == 'input' else name}", wrong, remedy)
