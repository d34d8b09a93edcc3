"""Fitted to what a service has seen of its own choices: of each request one model's answer only.

Regressions on words and on vectors are fitted to the labels that there are, each counted 1 / propensity, at most
MOST_COUNT, and less where it is doubtful; their mean and its calibration likewise. Neighbours and categories need every
model's answer and are left out. Without texts only the models' own rates are told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.appraisers.mean import Mean
from pantler.core.errors import TraceError
from pantler.fitted import Fitted
from pantler.simulator.evaluation.calibration import calibration_error
from pantler.simulator.fitting.across import Across, across, loss
from pantler.simulator.fitting.crossing import crossed
from pantler.simulator.fitting.kinds import KINDS, Kind, Labelled
from pantler.texts.reading import Reading
from pantler.traces.experience import Event, Experience, check_apart

Array = NDArray[np.float32]
PARTIAL = tuple(kind for kind in KINDS if kind.name in {"words", "vectors"})
MOST_COUNT = 5.0
FEWEST = 100  # rated answers with a text, below which texts are not looked at


@dataclass(frozen=True)
class InPart:
    """What is kept, what may be said of it in words, and what was said across folds where texts were looked at."""

    fitted: Fitted
    said: list[str]
    known: Labelled
    across: Across | None
    chosen: dict[str, Any]


def fitted_in_part(
    experience: Experience, reading: Reading, embedder: str, advance: Callable[[int], None] = lambda _: None
) -> InPart:
    """TraceError where nothing can be learned; `advance` hears of each setting that was tried."""
    check_apart(experience.name, (event.good for event in experience.events if event.told > 0.0))
    known = _labelled(experience, reading)
    charges = [_charges([event for event in experience.events if event.model == model]) for model in experience.models]
    chosen = {kind.name: _best(kind, known, advance) for kind in PARTIAL} if known.traits else {}
    found = across(known, chosen) if chosen else None
    lines = [*_free(experience), *_said(experience, found)]
    price_in, price_out, tokens_out = zip(*charges, strict=True)
    mean = _mean(known, chosen, found)
    fitted = Fitted(experience.models, embedder, price_in, price_out, tokens_out, mean)
    return InPart(fitted, lines, known, found, chosen)


def labels_of(experience: Experience) -> tuple[list[int], Array, Array]:
    """Of each event: the place of its model, how wrong its answer was, how much that counts."""
    places = {model: place for place, model in enumerate(experience.models)}
    return (
        [places[event.model] for event in experience.events],
        np.array([1.0 - event.good for event in experience.events], np.float32),
        np.array([event.told * min(MOST_COUNT, 1.0 / event.propensity) for event in experience.events], np.float32),
    )


def _labelled(experience: Experience, reading: Reading) -> Labelled:
    shape = (len(experience.events), len(experience.models))
    labels, counts = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    places, wrong, told = labels_of(experience)
    rows = np.arange(shape[0])
    labels[rows, places], counts[rows, places] = wrong, told
    has_texts = all(event.text for event in experience.events) and shape[0] >= FEWEST
    traits = reading.many([event.text for event in experience.events]) if has_texts else []
    numbers = {asked: number for number, asked in enumerate(dict.fromkeys(each.asked for each in experience.events))}
    queries = np.array([numbers[each.asked] for each in experience.events], np.intp)
    return Labelled(traits, labels, counts, queries)


def _mean(known: Labelled, chosen: Mapping[str, Any], found: Across | None) -> Mean:
    if found is None:
        return Mean([], np.zeros(0, np.float32), known.rates)
    alone = [kind.fit(known, chosen[kind.name]) for kind in PARTIAL]
    return Mean(alone, found.shares, known.rates, found.curves)


def _free(experience: Experience) -> list[str]:
    """Of each model that only its spending makes free: a log may have 0 where nobody knew the price."""
    paid = [event for event in experience.events if event.cost > 0.0 or not np.isnan(event.price_in)]
    free = sorted({*experience.models} - {event.model for event in paid})
    return [f"{model} counts as free, as all its spend is 0; else give --price {model}=IN,OUT" for model in free]


def _said(experience: Experience, found: Across | None) -> list[str]:
    """What was looked at, and how well that tells right from wrong."""
    if found is None:
        none, few = "it holds no texts; give texts with --texts", f"fewer than {FEWEST} have a text; collect more"
        return [
            f"{len(experience.events)} ratings: rates and prices only, as {few if experience.events[0].text else none}"
        ]
    losses = f"log-loss {loss(found.chances, found.labels):.4f} across folds"
    shares = zip(found.alone, found.shares, strict=True)
    return [
        f"{len(found.labels)} ratings with texts; {losses}, by rates alone {loss(found.by_rates, found.labels):.4f}",
        f"calibration error beyond noise {calibration_error(found.chances, found.labels):.3f}",
        "weights: " + ", ".join(f"{name} {share:.2f}" for name, share in shares),
    ]


def _best(kind: Kind, known: Labelled, advance: Callable[[int], None]) -> Any:
    """The setting that says most of labels across folds."""
    heard, tried = _heard(known), []
    for setting in kind.settings:
        said = crossed(partial(kind.fit, setting=setting), known)
        tried.append((loss(said[heard], known.labels[heard]), setting))
        advance(1)
    return min(tried, key=lambda each: each[0])[1]


def _heard(known: Labelled) -> NDArray[np.bool_]:
    assert known.counts is not None, "what was seen in part has counts"
    found: NDArray[np.bool_] = known.counts > 0.0
    return found


def _charges(events: Sequence[Event]) -> tuple[float, float, float]:
    """US dollars per token in and out, and the mean tokens out; prices as the log names them, else by its costs."""
    lengths = [event.tokens_out for event in events if not np.isnan(event.tokens_out)]
    out = float(np.mean(lengths)) if lengths else 0.0
    named = [(event.price_in, event.price_out) for event in events if not np.isnan(event.price_in)]
    if named and not lengths:
        raise TraceError(f"{events[0].model} has a price, but no record of it tells its tokens; add usage to the log")
    if named:
        return (*named[-1], out)
    table = np.array([[event.tokens_in, event.tokens_out, event.cost] for event in events])
    table = table[~np.isnan(table).any(axis=1)]
    if not len(table):
        model = events[0].model
        raise TraceError(
            f"{model} has neither prices nor tokens with costs, and no price is guessed; add spend and token columns, "
            f"or give --price {model}=IN,OUT in US dollars per million tokens, or --price {model}=SELLER/NAME"
        )
    price_in, price_out = np.maximum(np.linalg.lstsq(table[:, :2], table[:, 2], rcond=None)[0], 0.0)
    return float(price_in), float(price_out), out
