"""The labels of a shadow, against which every cut-off can be held at once."""

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from pantler.matching.poisson import upper

LEAST_TRIALS = 300
LEAST_WOULD_SERVE = 10
LONGEST_TRIAL = 1500  # requests; the oldest labels are left out beyond
CERTIFIED_PER_HIT = 0.5  # of what is promised; what comes after may be worse, and few hits cannot make up for it


@dataclass
class Trial:
    """The labels of a shadow, and what a cut-off, when it was last weighed, would have served of them wrongly.

    A label is the chance of an error as it was reckoned before and the error that was seen; a request without a pair
    has the chance 1. `hits` and `spent` are what the ledger stood at before.
    """

    labels: list[tuple[float, float]] = field(default_factory=list)
    served: int = 0
    wrong: float = 0.0
    hits: int = 0
    spent: float = 0.0

    @property
    def requests(self) -> int:
        """How many were labelled."""
        return len(self.labels)

    def add(self, wrong: float, error: float) -> None:
        """One more label; of more than LONGEST_TRIAL the oldest is left out."""
        self.labels.append((wrong, error))
        if len(self.labels) > LONGEST_TRIAL:
            del self.labels[0]

    def loosest(self, level: float, per_request: float, per_hit: float | None) -> float:
        """The loosest cut-off up to `level` that the labels bear out; 0 where none does.

        Cut-offs are tried from the strictest on, from the first that passes to the first that fails. Labels of one
        chance are served by the same cut-offs, so they count together.
        """
        self.served, self.wrong, found = 0, 0.0, 0.0
        for wrong, alike in groupby(sorted(self.labels), key=itemgetter(0)):
            errors = [error for _, error in alike]
            served, erred = self.served + len(errors), self.wrong + sum(errors)
            bears = self._bears(served, erred, per_request, per_hit)
            if wrong > level or (found and not bears):
                break
            self.served, self.wrong = served, erred
            if bears:
                found = wrong
        return found

    def _bears(self, served: int, errors: float, per_request: float, per_hit: float | None) -> bool:
        """Whether so many errors of so many served, at 95 %, are fewer than promised."""
        requests, most = self.requests, upper(errors)
        if served < LEAST_WOULD_SERVE or requests < LEAST_TRIALS or most > per_request * requests:
            return False
        return per_hit is None or most <= CERTIFIED_PER_HIT * per_hit * served
