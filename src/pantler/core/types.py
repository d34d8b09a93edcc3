"""The values that pass between the engine and its drivers."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pantler.core.item import Item
from pantler.core.outcomes import Outcome
from pantler.core.rows import Candidate

__all__ = [
    "NOT_TOLD_APART",
    "SURE",
    "Appraisal",
    "Call",
    "Explanation",
    "Fails",
    "Foresee",
    "Further",
    "Key",
    "Miss",
    "Outcome",
    "Plan",
    "Query",
    "Rating",
    "Serve",
    "Verdict",
]

Key = int  # up to 128 bits, unsigned
Foresee = Callable[[str], float | None]
Fails = Callable[[str], float]
SURE = 0.8  # the reliability from which a word is a label
NOT_TOLD_APART: Key = 2**128 - 1  # the key of all queries that the cache stands aside for


class Appraisal(msgspec.Struct, frozen=True, gc=False):
    """What is expected of each model's answer to one query before any is asked, in the order of `models`.

    That is the route's order as it was then; empty where it has not changed since.

    `wrong` are the chances of a wrong answer, `prices` what a call will charge in nano-dollars, empty where the means
    of the route must do; `writing` is the part of them that is for what the model will write, empty where nobody has
    told it apart; `vector` is that of the text, for who learns from what comes of it. `time` is that of the
    request, in seconds since the epoch. `thread` is a digest of the whole conversation, `earlier` of its turns before
    the last answer, 0 where there are none; `kept` is what each model charges less if it has read those just before.
    """

    wrong: tuple[float, ...]
    prices: tuple[float, ...] = ()
    vector: Any = None
    time: float = 0.0
    thread: int = 0
    earlier: int = 0
    kept: tuple[float, ...] = ()
    writing: tuple[float, ...] = ()
    models: tuple[str, ...] = ()


class Query(msgspec.Struct, frozen=True, gc=False):
    """A question reduced to a key, the size of its answer in bytes and perhaps a vector.

    `route` names the route that it came by, whose multiplexer decides; empty where there is only one. The `appraisal`
    comes with a miss whose text was looked at beforehand; outcomes of that miss carry it to what is stored.
    """

    key: Key
    size_bytes: int = 1
    vector: Any = None
    route: str = ""
    appraisal: Appraisal | None = None


class Plan(msgspec.Struct, frozen=True, gc=False):
    """Models to ask, in order; one is a direct call, two are a cascade.

    `keep_threshold` is the judge's score from which an answer stops the cascade; None means that the first answer stops
    it. `tiers` are how many of them are asked at once, one group after the other: an ensemble whose agreement stops the
    cascade (arXiv 2407.02348); empty for one model after the other.
    """

    models: tuple[str, ...]
    keep_threshold: float | None = None
    tiers: tuple[int, ...] = ()


class Call(msgspec.Struct, frozen=True, gc=False):
    """Ask the models of `plan`; `propensity` is the chance with which the multiplexer chose it.

    `candidates` are the plans that were weighed, this one among them, where the multiplexer tells; `hits` how many
    further ones it expected of the answer, None where it does not ask. `serves` are those, this one among them, over
    which it pays to ask others beside what has come, 0 where that is not asked; `beside` says that what is stored stays
    if it is the better answer.
    """

    plan: Plan
    expected_cost: float
    propensity: float = 1.0
    reason: str = "least expected cost"
    candidates: tuple[Candidate, ...] = ()
    hits: float | None = None
    serves: float = 0.0
    beside: bool = False


class Further(msgspec.Struct, frozen=True, gc=False):
    """Whose answer is kept of those that have come, and whom it pays to ask beside them, empty for nobody."""

    kept: str
    asks: str = ""


class Serve(msgspec.Struct, frozen=True, gc=False):
    """Serve the answer that is stored for `query`: which model gave it, and what is believed of it.

    `saved` is the cost that one such hit avoids, by which the cache ranks the item. `wrong` is the posterior
    probability that this very answer is wrong, moved by `ratings` of it and by `hints`, words that are too doubtful to
    be labels; `upgraded` that it has already replaced a cheaper model's.
    """

    query: Query
    model: str
    saved: float
    wrong: float = 0.0
    ratings: int = 0
    upgraded: bool = False
    reason: str = "exact"
    upgrade: Call | None = None  # asking another model now pays for itself over the hits to come
    hints: int = 0

    @property
    def is_told(self) -> bool:
        """Whether anybody has said anything of this very answer."""
        return self.ratings > 0 or self.hints > 0


class Miss(msgspec.Struct, frozen=True, gc=False):
    """Nothing stored answers the query.

    `frequency` is how often it has come, this time included, as far as the policy remembers. `foresee` tells of a model
    what a call charges for so many tokens as this query is likely to take, for who has seen none of its calls; None
    where it has no price. It is itself None where nobody can tell. `fails` tells how likely a model is
    to bring no answer at all, None where nobody knows. `is_late` says that its text was to be looked at, and was not in
    time.
    """

    query: Query
    frequency: float = 1
    foresee: Foresee | None = None
    fails: Fails | None = None
    is_late: bool = False


class Rating(msgspec.Struct, frozen=True, gc=False):
    """Somebody's word on an answer of `model` that was served for `query`: how good it was, 0 to 1.

    `reliability` is the chance that the word is true, 1 for a test that cannot err; from `SURE` on it is a label.
    `decision` names the request that the answer was given to. `repeats` says that the same answer may have been
    labelled before, as one that served others too.
    """

    query: Query
    model: str
    good: float
    reliability: float = 1.0
    decision: str = ""
    repeats: bool = False

    @property
    def is_label(self) -> bool:
        """Whether it may teach what models do; what it calls wrong is not served again."""
        return self.reliability >= SURE


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What became of the cache: whether the answer was admitted, and whose answers left for it."""

    admitted: bool
    evicted: Sequence[Item] = ()
    reason: str = "admitted"


class Explanation(msgspec.Struct, frozen=True):
    """What `look` and `decide` would do for a query, in numbers.

    `stored` is what a hit would serve, `frequency` how often the query has come, this time included, as far as
    the policy remembers. `priority` is the last known rank of the stored item (a lower bound),
    `call` what would be asked if nothing were served,
    `upgrade` what would replace the stored answer.
    """

    stored: Serve | None
    frequency: float
    priority: float | None
    call: Call
    upgrade: Call | None
