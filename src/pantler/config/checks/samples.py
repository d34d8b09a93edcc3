"""What is wrong with what a route has looked at beside its requests: `[routes.scored]`, `[routes.shadowed]`."""

from collections.abc import Collection, Mapping

from pantler.config.funds import funds_of
from pantler.config.parts import exists
from pantler.config.tables import Report
from pantler.config.values import Route, Scored, Shadowed
from pantler.core.errors import ConfigError, meant

OF_CASCADES = ("agreement", "rules", "signs")  # judges of one answer
COMPARING = ("embedding", "equality", "model")  # judges of two answers


def check_samples(route: Route, models: Collection[str], unpriced: Mapping[str, str], report: Report) -> None:
    """Report every mistake in the tables; `unpriced` maps models without a price to the reason."""
    if route.scored is not None:
        _check_scored(route.scored, models, unpriced, report)
    if route.shadowed is not None:
        _check_shadowed(route, route.shadowed, models, report)


def check_funds(key: str, text: str, report: Report) -> None:
    """Report a text that says neither a sum a day nor a share."""
    try:
        funds_of(text)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        report(key, wrong, remedy)


def _check_scored(scored: Scored, models: Collection[str], unpriced: Mapping[str, str], report: Report) -> None:
    check_funds("scored.budget", scored.budget, report)
    if scored.model not in models:
        report("scored.model", f"there is no model {scored.model!r}", meant(scored.model, models))
    elif scored.model in unpriced:
        wrong = f"{scored.model!r} has no price to hold its budget by ({unpriced[scored.model]})"
        report("scored.model", wrong, 'give price = { in = ..., out = ... } or price = "free" in its table')


def _check_shadowed(route: Route, shadowed: Shadowed, models: Collection[str], report: Report) -> None:
    check_funds("shadowed.budget", shadowed.budget, report)
    if len(set(route.models)) < 2:
        report("shadowed", "there is no other model to be asked", "name a second one in models, or leave it out")
    named = shadowed.judge_settings.get("model")
    if not exists("judges", shadowed.judge):
        report("shadowed.judge", f"there is no judge {shadowed.judge!r}", meant(shadowed.judge, COMPARING))
    elif shadowed.judge in OF_CASCADES:
        report("shadowed.judge", f"{shadowed.judge!r} is a judge of cascades", f"name one of {', '.join(COMPARING)}")
    elif shadowed.judge == "model" and named not in models:
        wrong = "it is missing" if named is None else f"there is no model {named!r}"
        report("shadowed.judge_settings.model", wrong, f"name one of: {', '.join(sorted(models))}")
