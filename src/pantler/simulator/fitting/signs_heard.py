"""What the signs of an answer tell of its being wrong, by the answers that judges have heard and somebody has rated.

A ledger keeps what they showed. Of the reference model it tells how often it is wrong and what it costs, so that

    stop:  V P(wrong) = c_r + V e_r,      c_r: its mean cost, e_r: how often it is wrong

is where keeping an answer costs as much as asking it.
"""

from collections.abc import Sequence

import numpy as np

from pantler.matching.logistic import sigmoid
from pantler.simulator.fitting.signs import FEWEST, Seen, Signing, learned
from pantler.simulator.rescoring.choosing import CALLS
from pantler.texts.showing import as_sign
from pantler.texts.signs import FAR
from pantler.traces.experience import Event, Experience


def signing_heard(experience: Experience, error_weight: float | None) -> Signing | None:
    """Where a wrong answer costs so many US dollars, CALLS mean calls where nobody has said.

    None where too few that a judge has heard were rated, or nothing is known of the reference.
    """
    heard = [event for event in experience.events if event.shown and event.model != experience.reference]
    asked = [event for event in experience.events if event.model == experience.reference and not np.isnan(event.cost)]
    if len(heard) < FEWEST or not asked:
        return None
    places = {model: place for place, model in enumerate(experience.models)}
    queries = {asked: number for number, asked in enumerate(dict.fromkeys(event.asked for event in heard))}
    seen = Seen(
        queries=np.array([queries[event.asked] for event in heard]),
        models=np.array([places[event.model] for event in heard]),
        signs=np.array([as_sign(event.shown) for event in heard]),
        wrong=_wrong(heard),
        told=_told(heard),
    )
    stop = _stop(asked, _value(experience) if error_weight is None else error_weight)
    return learned(seen, len(places), lambda _: stop)


def _value(experience: Experience) -> float:
    return CALLS * float(np.nanmean([event.cost for event in experience.events]))


def _stop(asked: Sequence[Event], value: float) -> float:
    """In log-odds; everything is kept where a wrong answer costs nothing."""
    if value <= 0.0:
        return FAR
    cost = float(np.mean([event.cost for event in asked]))
    least, most = sigmoid(np.array([-FAR, FAR]))
    chance = np.clip(float(np.average(_wrong(asked), weights=_told(asked))) + cost / value, least, most)
    return float(np.log(chance / (1.0 - chance)))


def _wrong(events: Sequence[Event]) -> np.ndarray:
    return np.array([1.0 - event.good for event in events])


def _told(events: Sequence[Event]) -> np.ndarray:
    return np.array([event.told for event in events])
