"""An appraisal as a route reads it whose models are others by now, or in another order."""

from collections.abc import Sequence

from msgspec.structs import replace

from pantler.core.types import Appraisal, Query


def in_order(appraisal: Appraisal | None, models: tuple[str, ...]) -> Appraisal | None:
    """Of these models, in their order; None where one of them was not appraised."""
    if appraisal is None or appraisal.models == models:
        return appraisal
    named = appraisal.models
    if not named:
        return appraisal if len(appraisal.wrong) == len(models) else None
    if not set(models) <= set(named):
        return None
    places = [named.index(model) for model in models]
    return replace(
        appraisal,
        models=models,
        wrong=_picked(appraisal.wrong, places),
        prices=_picked(appraisal.prices, places),
        kept=_picked(appraisal.kept, places),
        writing=_picked(appraisal.writing, places),
    )


def _picked(numbers: tuple[float, ...], places: list[int]) -> tuple[float, ...]:
    return tuple([numbers[place] for place in places]) if numbers else ()


def as_appraised(query: Query) -> Sequence[float]:
    """The chances of its appraisal as they are."""
    assert query.appraisal is not None, "what was not appraised has none"
    return query.appraisal.wrong
