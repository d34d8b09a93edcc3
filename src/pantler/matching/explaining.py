"""What a matcher makes of two texts by the prior alone, feature by feature.

logit P(wrong) = b_0 + sum_k b_k z_k, so that feature k moves the odds by exp(b_k z_k) against its usual value.
"""

from dataclasses import dataclass
from math import exp

from pantler.matching.features import Rarity, features, seconded
from pantler.matching.kinds import WIDEST_GAP, Company
from pantler.matching.logistic import sigmoid
from pantler.matching.prior import pretrained
from pantler.matching.rules import LITERAL, literal_differs, refused_pair
from pantler.matching.text_rules import refused_text
from pantler.matching.wording import read


@dataclass(frozen=True)
class Part:
    """A feature with its value, and the factor by which it moves the odds of an error."""

    name: str
    value: float
    factor: float


@dataclass(frozen=True)
class Explained:
    """The rule that refuses the pair, None where none does; the chance of an error where none did; what makes it."""

    rule: str | None
    cosine: float
    wrong: float
    features: tuple[Part, ...]


def explained(asked: str, stored: str, cosine: float, second: float | None = None) -> Explained:
    """What is made of a question beside that of a stored answer; `second` is the cosine by a second encoder."""
    one, other, prior = read(asked), read(stored), pretrained(seconded=second is not None)
    rule = refused_text(asked) or refused_text(stored) or refused_pair(one, other)
    if rule is None and literal_differs(asked, stored):
        rule = LITERAL
    values = features(one, other, cosine, Company(), Rarity())
    if second is not None:
        values = seconded(values, second, WIDEST_GAP)
    row = prior.scaled(values)
    parts = [
        Part(name, float(value), exp(float(place * weight)))
        for name, value, place, weight in zip(prior.names, values, row[:-1], prior.mean[:-1], strict=True)
    ]
    return Explained(rule, cosine, float(sigmoid(row @ prior.mean)), tuple(parts))
