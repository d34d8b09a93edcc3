"""The first hits where errors per hit are promised: among few, one wrong is more than that, whatever is believed.

So all are asked until it is known how often sure ones are wrong, and until so many come that the first few will soon be
many: a run that ends among those may end with one error too many. A hit is sure whose chance to be wrong is SURE of
what is promised, of a kind of which a hit has been right and, but for a share of BORNE_OUT of what is promised, none
wrong.
"""

from dataclasses import dataclass, field
from math import ceil

from pantler.matching.poisson import upper

SURE = 0.2  # of what is promised
BORNE_OUT = 0.3  # of what is promised: so few of the sure ones must be wrong, at 95 %
LATE = 1500  # requests whose labels count
FIRST = 2.0  # errors that are promised, as hits: of so many, one may be wrong
HASTE = 0.1  # of the requests so far, in which the FIRST come if as many are sure as of late
MOST_KINDS = 10_000


@dataclass
class Probation:
    """Labels of sure hits, each with the request's number and the error; `kinds` has how many there were, by kind.

    `unseen` are the kinds of which one has been served since the last that was asked.
    """

    labels: list[tuple[int, float]] = field(default_factory=list)
    kinds: dict[int, tuple[int, float]] = field(default_factory=dict)
    unseen: set[int] = field(default_factory=set)
    passed: bool = False

    def is_sure(self, kind: int | None, wrong: float, per_hit: float) -> bool:
        """Whether a hit of that kind that is wrong with the chance `wrong` is sure."""
        if kind is None or kind not in self.kinds or wrong > SURE * per_hit:
            return False
        labels, errors = self.kinds[kind]
        return errors < labels and errors <= BORNE_OUT * per_hit * labels

    def hear(self, request: int, error: float) -> None:
        """A label of a sure hit; those that are not of late any more are left out."""
        self.labels = [label for label in self.labels if label[0] > request - LATE]
        self.labels.append((request, error))

    def tell(self, kind: int, error: float) -> None:
        """A label of a hit of that kind, sure or not; of too many kinds the oldest is left out."""
        if kind not in self.kinds and len(self.kinds) >= MOST_KINDS:
            oldest = next(iter(self.kinds))
            del self.kinds[oldest]
            self.unseen.discard(oldest)
        labels, errors = self.kinds.get(kind, (0, 0.0))
        self.kinds[kind] = labels + 1, errors + error
        self.unseen.discard(kind)

    def left(self, requests: int, per_hit: float) -> int:
        """How many sure hits more are asked, if all of them are right; 0 once it is over."""
        if self.passed:
            return 0
        late = [error for request, error in self.labels if request > requests - LATE]
        enough = upper(sum(late)) / (BORNE_OUT * per_hit)
        often = FIRST / per_hit / HASTE * LATE / max(1, requests)
        return max(0, ceil(max(enough, often)) - len(late))

    def over(self, requests: int, per_hit: float) -> bool:
        """Whether sure hits may be served."""
        self.passed = self.left(requests, per_hit) == 0
        return self.passed

    def begin(self) -> None:
        """Ask all again; what is known of kinds stays."""
        self.labels, self.passed = [], False

    def copy(self) -> "Probation":
        """It as it stands."""
        return Probation(list(self.labels), dict(self.kinds), set(self.unseen), self.passed)
