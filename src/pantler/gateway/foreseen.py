"""What a route of a configuration would ask a text of, by all that it has learned: a dry run, nothing is asked."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from pantler import build
from pantler.config.keys import PEPPER_FILE, pepper, state_folder
from pantler.config.tariff import Tariff
from pantler.config.values import Config, Route
from pantler.config.weighing import reference_of, use_of
from pantler.core.asks import Ask
from pantler.core.cost import Tokens
from pantler.core.errors import ConfigError, UnknownPart
from pantler.core.restoring import recalled
from pantler.core.savings import Ratios
from pantler.core.types import Appraisal, Foresee, Miss, Query
from pantler.core.usage import TOKENS_OUT, tokens_of_bytes
from pantler.disk import state
from pantler.gateway.conversations import conversation
from pantler.gateway.keeping import LEARNED, RATIOS
from pantler.gateway.means import models_of
from pantler.gateway.routes import Routes
from pantler.gateway.setup import terms_of
from pantler.live.dry_run import Foreseen, Room, Supposed
from pantler.live.foreseeing import charge_of, untold


def foreseen_on(config: Config, name: str, supposed: Supposed) -> tuple[Foreseen, str]:
    """What would be decided on the route of that name, and by what; UnknownPart where there is none."""
    routes = Routes(config)
    route = routes.find(name)
    if route is None:
        raise UnknownPart("route", name, routes.names())
    tariff = Tariff(models_of(config))
    multiplexer = build.multiplexer(config)
    why_not = _unreadable(config, LEARNED) or recalled(multiplexer, _kept(config, LEARNED))
    tokens = tokens_of_bytes(len(supposed.text.encode()))
    query = Query(0, route=route.name, appraisal=_appraisal(route, tariff, supposed.text, tokens))
    written = _written(config, route)
    foresee = _charges(tariff, Tokens(tokens, TOKENS_OUT if written is None else round(written)))
    call = multiplexer.choose(Miss(query, supposed.frequency, foresee), Room())
    plans = terms_of(config, routes, tariff).as_money(call.candidates or untold(call, foresee))
    basis = (
        f"as configured and fitted: {why_not}" if why_not else "with what the gateway had learned at its last snapshot"
    )
    return Foreseen(plans, call.plan.models, reference_of(route), call.reason, call.hits), basis


def said_in(messages: object) -> str:
    """All texts of a conversation, as a gateway reads them; ConfigError where it holds none."""
    body = messages if isinstance(messages, dict) else {"messages": messages}
    text = conversation(Ask("chat", "", body))
    if not text:
        raise ConfigError(
            'it holds no text; write {"messages": [{"role": "user", "content": "..."}]}, or the list alone'
        )
    return text


def _kept(config: Config, name: str) -> bytes | None:
    """A part of the last snapshot of what a gateway has learned with this configuration."""
    folder = state_folder(config)
    is_kept = bool(os.environ.get(config.gateway.pepper_env)) or (folder / PEPPER_FILE).exists()
    if not config.cache.path or not is_kept:
        return None
    return state.load(Path(config.cache.path) / name, pepper(config.gateway, folder, os.environ).secret)


def _unreadable(config: Config, name: str) -> str:
    """Why a part that is there cannot be read, empty where it can or is not there."""
    path, variable = Path(config.cache.path) / name, config.gateway.pepper_env
    if not config.cache.path or not path.exists() or _kept(config, name) is not None:
        return ""
    return f"{path} is damaged or under another pepper; set {variable} as the gateway has it"


def _written(config: Config, route: Route) -> float | None:
    """Mean tokens out of the route's answers; None before the first, and where what was kept cannot be read."""
    ratios, kept = Ratios(), _kept(config, RATIOS)
    if kept is not None:
        with suppress(msgspec.MsgspecError):
            ratios.restore(msgspec.msgpack.decode(kept))
    return ratios.written(route.name)


def _appraisal(route: Route, tariff: Tariff, text: str, tokens: int) -> Appraisal | None:
    if use_of(route) != "learned":
        return None
    from pantler.gateway.hearings import hearing  # which stands on NumPy

    return hearing(route, tariff).expert.appraise(text, tokens)


def _charges(tariff: Tariff, tokens: Tokens) -> Foresee:
    return lambda model: charge_of(tariff(model)[0], tokens)
