"""Which answers of each route are looked at beside their requests, and by whom, as its configuration says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

from pantler import build
from pantler.build import embedder_of, text_embedder
from pantler.config.funds import funds_of
from pantler.config.values import Route, Scored, Shadowed
from pantler.core.edges import Judge
from pantler.gateway.beside import Purpose
from pantler.gateway.routes import Routes

Asking = Callable[[str, dict[str, Any]], Awaitable[bytes]]  # a model for its answer to the body of a chat


@dataclass(frozen=True)
class Scores:
    """Answers of which `model` is asked whether they are right."""

    purpose: Purpose
    model: str

    def judge(self, ask: Asking) -> Judge:
        """Who says so, asking by `ask`."""
        judge: Judge = build.configured("judges", "model", ask=ask, model=self.model)
        return judge


@dataclass(frozen=True)
class Shadows:
    """Requests that another model is asked too; `judge`, who asks by what it is given, compares.

    `is_literal` says that it does so letter by letter, so that long texts hardly ever agree.
    """

    purpose: Purpose
    judge: Callable[[Asking], Judge]
    is_literal: bool


@dataclass(frozen=True)
class Samples:
    """Of one route."""

    scores: Scores | None
    shadows: Shadows | None


def samples_of(routes: Routes) -> dict[str, Samples]:
    """By the route's name, of those that have any; ConfigError where a judge cannot be made."""
    return {route.name: _samples(route) for route in routes.all() if route.scored or route.shadowed}


def judge_by(shadowed: Shadowed) -> Callable[[Asking], Judge]:
    """What makes who compares, given by what it may ask; tried once, for ConfigError where it cannot be made."""
    wanted = signature(build.part("judges", shadowed.judge)).parameters
    given: dict[str, Any] = dict(shadowed.judge_settings)
    if "embed" in wanted:
        given["embed"] = embedder_of(text_embedder("")[0]).embed
    made = partial(build.configured, "judges", shadowed.judge, **given)
    made()
    return (lambda ask: made(ask=ask)) if "ask" in wanted else (lambda _: made())


def _samples(route: Route) -> Samples:
    scored, shadowed = route.scored, route.shadowed
    return Samples(None if scored is None else _scores(scored), None if shadowed is None else _shadows(shadowed))


def _scores(scored: Scored) -> Scores:
    return Scores(Purpose("judge", scored.share, funds_of(scored.budget)), scored.model)


def _shadows(shadowed: Shadowed) -> Shadows:
    purpose = Purpose("shadow", shadowed.share, funds_of(shadowed.budget))
    return Shadows(purpose, judge_by(shadowed), shadowed.judge == "equality")
