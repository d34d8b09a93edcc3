"""What the ledger keeps of each request: one row, from which every sum can be recomputed.

The baseline and what was saved against it:

    baseline = price of the reference model for the tokens in, and for the tokens out of the served answer times a ratio
    saved    = baseline - spent = saved by cache + saved by choice
"""

import msgspec
from msgspec.structs import replace

from pantler.core.cost import Price, Tokens, Weights, cost

RENEWED = "-renewed"  # what the decision of a call behind a hit bears after that of the hit
SHADOW, JUDGE = "shadow", "judge"  # tiers of calls beside a request, whose decisions bear them after its own
UNTOLD = 0.3  # how likely an answer is wrong of which nothing is known


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A plan that was weighed: nano-dollars, seconds, probabilities; None for what nobody knows yet."""

    models: tuple[str, ...]
    price: float | None
    latency_seconds: float | None
    wrong: float
    propensity: float

    def expected_cost(self, weights: Weights) -> float:
        """In nano-dollar equivalents; what is not known counts for nothing."""
        seconds = self.latency_seconds or 0.0
        return cost(self.price or 0.0, latency_seconds=seconds, wrong=self.wrong, weights=weights)


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One call that was made: tokens, the price that held for it (no tiers left), nano-dollars, seconds.

    `spent` is `money(price, tokens)`; both are None where the model has no price. `price_source` names the list with
    its version. `first_byte_seconds` is that of a stream's first piece, or of a whole answer's head; None
    where none came, or where the provider sees no head. `outcome` is "answered", "cancelled" or the kind of failure,
    `said` what its upstream said of that: status, type and code, as far as it did; `estimated` that the tokens are our
    estimate, the upstream having said none. `shown` is what an answer that a judge heard has shown, number by number as
    the judge of signs orders them, None where one is missing.
    """

    model: str
    tokens: Tokens
    price: Price | None
    price_source: str
    spent: int | None
    queued_seconds: float
    first_byte_seconds: float | None
    total_seconds: float
    outcome: str = "answered"
    estimated: bool = False
    shown: tuple[float | None, ...] = ()
    said: str = ""


class Neighbour(msgspec.Struct, frozen=True, gc=False):
    """The stored answer that came nearest to a query: whether it was served, or by which `reason` it was not.

    `decision` names it, `key` is its digest in hexadecimal; `wrong` is the estimated chance that it is no answer here.
    All but the reason are empty where a rule refused the text itself.
    """

    reason: str
    decision: str = ""
    key: str = ""
    cosine: float = 0.0
    wrong: float = 1.0


class Row(msgspec.Struct, frozen=True, gc=False):
    """One request.

    `time` is in seconds since the epoch, money in nano-dollars, None where a price is missing. `tier` is "hit",
    "alias", "semantic", "miss", "bypass", "coalesced" or "stale", of a call beside a request "shadow" or "judge".
    `baseline_basis` is "measured" (the reference model gave this very answer, and its upstream said what it took) or
    "estimated", with the `ratio` of tokens out that was used; `reference_price` is the `reference` model's. `tokens`
    are those of the served answer where there is more to them than in and out; they are our estimate where `estimated`.
    `near` is the nearest query's stored answer, where the route looks for one. `hits` are the further ones that were
    expected of a call's answer, `wrong` is the chance that a stored answer was held to be wrong by when it was served;
    None where nobody said. `key_digest` is the query's key in hexadecimal, a keyed digest of the request already.
    """

    decision: str
    time: float
    tenant: str
    route: str
    key_digest: str
    size_bytes: int
    tier: str
    reason: str
    status: int
    policy: str
    multiplexer: str
    model: str
    tokens_in: int
    tokens_out: int
    candidates: tuple[Candidate, ...]
    asked: tuple[Asked, ...]
    spent: int | None
    saved_by_cache: int | None
    saved_by_choice: int | None
    baseline: int | None
    baseline_basis: str
    ratio: float
    seconds: float
    reference: str = ""
    reference_price: Price | None = None
    tokens: Tokens | None = None
    near: Neighbour | None = None
    estimated: bool = False
    hits: float | None = None
    wrong: float | None = None


class Alike(msgspec.Struct, frozen=True, gc=False):
    """A row that is as `first` but for its own decision, time and seconds, as are those of hits on one answer."""

    first: Row
    decision: str
    time: float
    seconds: float

    @property
    def row(self) -> Row:
        """The whole of it."""
        return replace(self.first, decision=self.decision, time=self.time, seconds=self.seconds)


class Word(msgspec.Struct, frozen=True, gc=False):
    """What somebody, or something, said of an answer: how good it was, 0 to 1, by which signal, and if as a label."""

    good: float
    signal: str = "thumbs"
    is_label: bool = True


class Rated(msgspec.Struct, frozen=True, gc=False):
    """A decision of which somebody has spoken: what the engine needs to learn from it.

    `key` is the query's, `before` the signal's earlier word that this one replaces; `changed` is False where it says
    the same. `words` are those of every signal by now.
    """

    key: int
    model: str
    route: str
    size_bytes: int
    tier: str
    good: float
    before: float | None
    changed: bool
    words: dict[str, float]


def request_of(decision: str) -> str:
    """The decision of the request that a shadow was asked beside, or the decision itself."""
    return decision.removesuffix(f"-{SHADOW}")


def doubt(row: Row) -> float:
    """How likely the answer was held to be wrong when its model was asked; as any other where nobody had said."""
    weighed = [each for each in row.candidates if each.propensity > 0.0 and row.model in each.models]
    return weighed[0].wrong if weighed and weighed[0].wrong > 0.0 else UNTOLD
