"""What the near questions of each route are matched by, as its configuration says."""

from inspect import signature
from typing import Any

import msgspec

from pantler import build
from pantler.build import embedder_of
from pantler.config.values import Route, Semantic
from pantler.core.edges import Embedder, Judge
from pantler.gateway.counsel import Counsel
from pantler.gateway.routes import Routes
from pantler.live.circles import Terms
from pantler.live.likeness import Likeness


def likenesses_of(routes: Routes, counsel: Counsel) -> dict[str, Likeness]:
    """By the route's name, of those that look for near questions.

    Raises ConfigError where an embedder's packages are not installed.
    """
    return {route.name: _likeness(route, route.semantic, counsel) for route in routes.all() if route.semantic}


def _likeness(route: Route, semantic: Semantic, counsel: Counsel) -> Likeness:
    embedder = embedder_of(semantic.embedder)
    second = second_of(semantic)
    terms = Terms(
        per_request=semantic.max_wrong_per_request,
        per_hit=None if semantic.max_wrong_per_hit >= 1.0 else semantic.max_wrong_per_hit,
        judge_error=semantic.judge_error,
        most=semantic.max_entries,
        agreeing=semantic.agreeing_tenants,
        is_shared=route.shared_between_tenants,
        is_seconded=second is not None,
        ground=_ground(semantic),
    )
    return Likeness(terms, judge_of(semantic, embedder, counsel), embedder, semantic.deadline_seconds, second)


def _ground(semantic: Semantic) -> str:
    """What its certificates and aliases stand on, in words that outlive a restart."""
    promise = semantic.max_wrong_per_request, semantic.max_wrong_per_hit
    judge = semantic.judge, semantic.judge_settings, semantic.judge_error
    parts = (promise, judge, semantic.embedder, semantic.second_embedder)
    return msgspec.json.encode(parts, order="deterministic").decode()


def judge_of(semantic: Semantic, embedder: Embedder, counsel: Counsel) -> Judge:
    """Who says that two answers agree."""
    code: dict[str, Any] = {"embed": embedder.embed, "ask": counsel.ask}
    wanted = signature(build.part("judges", semantic.judge)).parameters
    given = {name: value for name, value in code.items() if name in wanted}
    judge: Judge = build.configured("judges", semantic.judge, **given, **semantic.judge_settings)
    return judge


def second_of(semantic: Semantic) -> Embedder | None:
    """The encoder that is asked after the first, None where there is none."""
    name, path = semantic.second_embedder, semantic.second_path
    return None if not name else embedder_of(name, path)
