"""What is wrong with a `[[routes]]`: its models, how it chooses among them, whether it can."""

from collections.abc import Collection, Mapping

from pantler.config.checks.samples import OF_CASCADES, check_funds, check_samples
from pantler.config.parts import exists, names
from pantler.config.prices import nano_dollars
from pantler.config.tables import Report
from pantler.config.values import Dollars, Route, Semantic
from pantler.config.weighing import budget_of, has_goal, use_of
from pantler.core.errors import ConfigError, meant

FOR_NEAR_QUESTIONS = ("embedding", "equality", "model")  # judges of [routes.semantic] only


def check_route(route: Route, models: Collection[str], unpriced: Mapping[str, str], report: Report) -> None:
    """Report every mistake in the table; `unpriced` maps models without a price to the reason."""
    if not route.models:
        report("models", "it names none", f"name at least one of: {', '.join(sorted(models)) or 'none is configured'}")
    for key, chosen in (("models", route.models), ("fallbacks", route.fallbacks or ())):
        for name in dict.fromkeys(chosen):
            if name not in models:
                report(key, f"there is no model {name!r}", meant(name, models))
            elif chosen.count(name) > 1 and route.multiplexer.judge != "agreement":  # which hears one model repeatedly
                report(key, f"{name!r} is named {chosen.count(name)} times", "name it once")
    if route.reference and route.reference not in route.models:
        report("reference", f"{route.reference!r} is none of its models", meant(route.reference, route.models))
    if len(route.models) > 1:
        for name in (name for name in route.models if name in unpriced):
            remedy = 'give price = { in = ..., out = ... } or price = "free" in its table, or leave it out here'
            report("models", f"{name!r} has no price to weigh it by ({unpriced[name]})", remedy)
    _check_choice(route, report)
    _check_goal(route, report)
    check_samples(route, models, unpriced, report)
    if route.semantic is not None:
        _check_semantic(route, route.semantic, models, report)


def _check_choice(route: Route, report: Report) -> None:
    use = route.multiplexer.use
    if use and not exists("multiplexers", use):
        report("multiplexer.use", f"there is no multiplexer {use!r}", meant(use, names("multiplexers")))
    if use == "learned":
        _check_learned(route, report)
    _check_unread(route, report)
    _check_part("multiplexer.judge", "judges", route.multiplexer.judge, report, FOR_NEAR_QUESTIONS)
    if route.multiplexer.tiers:
        _check_tiers(route, report)
    if use == "cascade" or route.multiplexer.cascades or route.multiplexer.tiers:
        _check_judge(route, report)
    if use == "cascade" and len(route.models) < 2:
        report("multiplexer.use", "a cascade needs two models", "name a second one in models, the dearer last")
    if use == "single" and len(route.models) > 1:
        others = ", ".join(route.models[1:])
        report("multiplexer.use", f'"single" asks the first model only, never {others}', 'write "tabular" or "cascade"')
    if route.multiplexer.upgrade_budget:
        check_funds("multiplexer.upgrade_budget", route.multiplexer.upgrade_budget, report)
    given = (route.multiplexer.least_cost, route.multiplexer.greatest_cost)
    if (given[0] is None) != (given[1] is None):
        report("multiplexer.least_cost", "it is given without greatest_cost, or the other way", "give both or neither")
    for key, dollars in zip(("least_cost", "greatest_cost"), given, strict=True):
        _check_dollars(f"multiplexer.{key}", dollars, report)


def _check_unread(route: Route, report: Report) -> None:
    """What only a learned multiplexer reads, a fitted file for its judge apart."""
    choice, use = route.multiplexer, use_of(route)
    if use == "learned" or not exists("multiplexers", use):
        return
    given = {"fitted": choice.fitted and choice.judge != "signs", "newcomers": choice.newcomers}
    for key in (key for key, is_given in given.items() if is_given):
        report(f"multiplexer.{key}", f'"{use}" does not read it', 'write use = "learned", or leave it out')


def _check_judge(route: Route, report: Report) -> None:
    judge = route.multiplexer.judge
    if judge == "signs" and not route.multiplexer.fitted:
        report("multiplexer.judge", "'signs' goes by a fitted file, and none is named", "give multiplexer.fitted")
    if judge in FOR_NEAR_QUESTIONS:
        report("multiplexer.judge", f"{judge!r} compares with a stored answer", 'write "rules" or "agreement"')


def _check_tiers(route: Route, report: Report) -> None:
    choice = route.multiplexer
    named = [model for tier in choice.tiers for model in tier]
    for model in dict.fromkeys(named):
        if model not in route.models:
            report("multiplexer.tiers", f"{model!r} is none of its models", meant(model, route.models))
    if not all(choice.tiers) or len(named) < 2:
        report("multiplexer.tiers", "a tier names no model, or they name only one", 'write [["a", "b"], ["c"]]')
    enough = choice.judge_settings.get("enough", 2)
    if choice.judge == "agreement" and isinstance(enough, int) and 0 < len(choice.tiers[0]) < enough:
        wrong = f"the first asks {len(choice.tiers[0])}, but the judge keeps none before {enough} agree"
        report("multiplexer.tiers", wrong, "name more models in the first tier, or lower judge_settings.enough")


def _check_goal(route: Route, report: Report) -> None:
    objective = route.objective
    given = [
        key
        for key, is_set in (
            ("error_weight", objective.error_weight > 0.0),
            ("max_quality_loss", objective.max_quality_loss is not None),
            ("budget", bool(objective.budget)),
            ("guarantee", objective.guarantee is not None),
        )
        if is_set
    ]
    if len(given) > 1:
        report(f"objective.{given[1]}", f"it is given beside {given[0]}", "give one of them: each says what is chosen")
    if objective.guarantee is not None and not (route.multiplexer.use == "learned" and route.multiplexer.fitted):
        wrong = "only a fitted file holds certificates"
        report("objective.guarantee", wrong, 'write multiplexer = { use = "learned", fitted = "FILE" }')
    if has_goal(objective) and route.multiplexer.use != "learned":
        report(
            f"objective.{given[-1]}",
            "only a learned multiplexer finds the weight of an error",
            'write multiplexer = { use = "learned" }',
        )
    try:
        budget_of(objective)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        report("objective.budget", wrong, remedy)


def _check_learned(route: Route, report: Report) -> None:
    choice = route.multiplexer
    for name in choice.newcomers:
        if name not in route.models:
            report("multiplexer.newcomers", f"{name!r} is none of its models", meant(name, route.models))
    if choice.newcomers and not choice.fitted:
        report("multiplexer.newcomers", "no model is known, as there is no fitted file", "leave it out, or give fitted")
    if set(choice.newcomers) >= set(route.models):
        report("multiplexer.newcomers", "it names all models", "leave out those that the fitted file knows")
    if choice.embedder and not exists("embedders", choice.embedder):
        report(
            "multiplexer.embedder",
            f"there is no embedder {choice.embedder!r}",
            meant(choice.embedder, names("embedders")),
        )


def _check_semantic(route: Route, semantic: Semantic, models: Collection[str], report: Report) -> None:
    if semantic.judge == "model":
        _check_judging(semantic.judge_settings.get("model"), models, report)
    _check_part("semantic.judge", "judges", semantic.judge, report, OF_CASCADES)
    if semantic.judge in OF_CASCADES:
        remedy = 'write "equality", "embedding" or "model"'
        report("semantic.judge", f"{semantic.judge!r} is a judge of cascades", remedy)
    if semantic.second_path and not semantic.second_embedder:
        report("semantic.second_path", "no second encoder is named", 'give second_embedder = "minilm"')
    if semantic.agreeing_tenants != Semantic().agreeing_tenants and not route.shared_between_tenants:
        remedy = "leave it out, or give the route shared_between_tenants = true"
        report("semantic.agreeing_tenants", "no answer is shared between tenants", remedy)
    _check_part("semantic.embedder", "embedders", semantic.embedder, report)
    if route.variants > 1:
        report("semantic", f"answers are to vary, in {route.variants} variants", "leave out semantic, or variants")


def _check_judging(named: object, models: Collection[str], report: Report) -> None:
    """The model that is to judge."""
    key = "semantic.judge_settings.model"
    if named is None:
        report(key, "it is missing", f"name the model that is to judge, one of: {', '.join(sorted(models))}")
    elif not isinstance(named, str):
        report(key, "it is no text", "write the model's name in quotes")
    elif named not in models:
        report(key, f"there is no model {named!r}", meant(named, models))


def _check_part(key: str, kind: str, name: str, report: Report, elsewhere: Collection[str] = ()) -> None:
    """`elsewhere` are those of the kind that have no place here."""
    if not exists(kind, name):
        report(key, f"there is no {kind[:-1]} {name!r}", meant(name, set(names(kind)).difference(elsewhere)))


def _check_dollars(key: str, dollars: Dollars | None, report: Report) -> None:
    try:
        nano_dollars(0 if dollars is None else dollars)
    except ConfigError as error:
        wrong, _, remedy = str(error).partition("; ")
        report(key, wrong, remedy)
