"""From a configured model to the upstream that is asked for it."""

import time
from collections.abc import Callable, Mapping
from random import Random

from pantler import build
from pantler.config.values import Model
from pantler.core.asks import Endpoint
from pantler.core.errors import ConfigError
from pantler.live.upstream import Upstream


def upstream_of(
    model: Model,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], float] = time.monotonic,
    chance: Random | None = None,
) -> Upstream:
    """The upstream of `model`, whose key is in `environment`; opens no connection yet.

    Raises UnknownPart for an unknown provider, ConfigError for settings that it does not have and for a missing key.
    """
    provider = build.part("providers", model.provider)
    try:
        made = provider(endpoint_of(model, environment), **model.settings)
    except TypeError as error:
        raise ConfigError(f"model {model.name!r}, settings: {error}") from error
    return Upstream(model.name, made, model.limits, clock=clock, chance=chance)


def endpoint_of(model: Model, environment: Mapping[str, str]) -> Endpoint:
    """What a provider is made from."""
    key = environment.get(model.key_env, "") if model.key_env else ""
    if model.key_env and not key:
        wrong = "is empty" if model.key_env in environment else "is not set"
        raise ConfigError(f"model {model.name!r}: key_env names {model.key_env}, which {wrong}; export it")
    return Endpoint(
        name=model.name,
        base_url=model.base_url,
        upstream_model=model.upstream_model,
        max_tokens_out=model.max_tokens_out,
        key=key,
        connect_seconds=model.limits.connect_seconds,
        first_byte_seconds=model.limits.first_byte_seconds,
        between_chunks_seconds=model.limits.between_chunks_seconds,
    )
