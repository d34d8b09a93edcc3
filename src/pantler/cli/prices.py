"""Say what a model's tokens cost, and how that is known."""

import json

import click
from msgspec import to_builtins

from pantler.config.prices import described, price_of
from pantler.config.values import Model


@click.command()
@click.argument("model")
@click.option("--base-url", default="", help="Where it is asked, which tells whose price holds.")
@click.option("--provider", default="openai", show_default=True, help="The provider that asks it.")
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output, nothing else.")
def command(model: str, base_url: str, provider: str, as_json: bool) -> None:
    """Look MODEL up in the price list, as `price_as` of a configuration would: gpt-5-mini, or openai/gpt-5-mini."""
    name = "" if base_url or provider == "litellm" else model
    price, source = price_of(Model(model, provider=provider, base_url=base_url, price_as=name))
    if as_json:
        report = {"model": model, "pico_dollars_per_token": to_builtins(price), "source": source}
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(f"{model}: {described(price)} ({source})")
