"""The demo's requests: which question each asks, some far more popular than others, and what becomes of its answer."""

from dataclasses import dataclass
from random import Random

from checker import Question, questions

ZIPF = 1.0  # the question at rank n comes in proportion to n ** -ZIPF
STREAMED = 0.5  # share of the requests
RATED = 0.3


@dataclass(frozen=True)
class Request:
    """One request to come."""

    question: Question
    is_streamed: bool
    is_rated: bool


def requests(count: int, seed: int) -> list[Request]:
    """So many of them, always the same for one seed."""
    chance = Random(seed)
    ranked = questions()
    chance.shuffle(ranked)
    weights = [(rank + 1) ** -ZIPF for rank in range(len(ranked))]
    asked = chance.choices(ranked, weights, k=count)
    return [Request(question, chance.random() < STREAMED, chance.random() < RATED) for question in asked]
