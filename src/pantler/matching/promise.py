"""The ledger of how much may be served wrongly, and how much has been.

Each request earns s d of credit (d errors allowed per request, s the safety factor); a hit costs the upper end of its
chance to be wrong. What audits caught, each standing for 1 / a hits, is charged where it is more than was reckoned
with. Without credit there is no hit. Where errors per hit are promised too, hits earn credit of that kind likewise.
"""

from dataclasses import dataclass, field, replace

from pantler.core.errors import ConfigError
from pantler.matching.poisson import upper

SAFETY = 0.65
CAUGHT_SHARE = 0.9  # few audits are noise: so much of what they stand for is charged
MOST_CAUGHT = 20.0
MOST_REQUESTS_SAVED = 500
MOST_ERRORS_SAVED = 5.0
LEAST_TRIALS = 300
LEAST_WOULD_SERVE = 20
LONGEST_TRIAL = 1500  # requests; the oldest labels are left out beyond
CERTIFIED_PER_HIT = (
    0.5  # of what is promised; what comes after may be worse, and few hits leave nothing to make up for it
)
STRICTER = 0.6  # after serving has had to stop
FIRST_TRIAL = 0.5  # of the rate: a stricter cut-off is certified sooner, and loosened from there


@dataclass
class Trial:
    """The labels of a shadow, and what a cut-off, when it was last weighed, would have served of them wrongly.

    A label is the chance of an error as it was reckoned before and the error that was seen; a request without a pair
    has the chance 1.
    """

    labels: list[tuple[float, float]] = field(default_factory=list)
    served: int = 0
    wrong: float = 0.0

    @property
    def requests(self) -> int:
        """How many were labelled."""
        return len(self.labels)

    def add(self, wrong: float, error: float) -> None:
        """One more label; of more than LONGEST_TRIAL the oldest is left out."""
        self.labels.append((wrong, error))
        if len(self.labels) > LONGEST_TRIAL:
            del self.labels[0]


@dataclass
class Promise:
    """At most `per_request` wrong serves a request, and `per_hit` a hit where that is not None."""

    per_request: float = 0.01
    per_hit: float | None = None
    safety: float = SAFETY
    requests: int = 0
    hits: int = 0
    spent: float = 0.0
    caught: float = 0.0
    forfeited: float = 0.0
    certified: bool = False
    trial: Trial = field(default_factory=Trial)
    failed: int = 0

    def __post_init__(self) -> None:
        for name, share in (("per_request", self.per_request), ("per_hit", self.per_hit)):
            if share is not None and not 0.0 < share < 1.0:
                raise ConfigError(f"max_wrong_{name} = {share} does not lie between 0 and 1; give 0.01, say")

    @property
    def rate(self) -> float:
        """Credit earned by a request."""
        return self.safety * self.per_request

    @property
    def aim(self) -> float:
        """Errors per request at which the cut-off aims: fewer in shadow, and fewer still after a trial that failed."""
        return self.rate if self.certified else self.rate * FIRST_TRIAL * STRICTER**self.failed

    @property
    def credit(self) -> float:
        """Errors that may still be served."""
        return self.rate * self.requests - self.forfeited - max(self.spent, CAUGHT_SHARE * self.caught)

    def arrive(self) -> None:
        """One more request; credit beyond that of MOST_REQUESTS_SAVED, or MOST_ERRORS_SAVED, is forfeited."""
        self.requests += 1
        saved = min(self.rate * MOST_REQUESTS_SAVED, MOST_ERRORS_SAVED)
        self.forfeited += max(0.0, self.credit - saved)

    def affords(self, wrong: float) -> bool:
        """Whether a hit may be served that is wrong with a chance of at most `wrong`."""
        if self.credit < wrong:
            return False
        if self.per_hit is None:
            return True
        spent = max(self.spent, CAUGHT_SHARE * self.caught)
        return spent + wrong <= self.safety * self.per_hit * (self.hits + 1)

    def serve(self, wrong: float) -> None:
        """Charge a hit; in shadow the one that would have been."""
        self.hits += 1
        self.spent += wrong

    def tried(self, wrong: float, error: float) -> None:
        """One labelled request in shadow, the chance of its error as it was reckoned and the error that was seen."""
        self.trial.add(wrong, error)

    def certify(self, level: float) -> float:
        """The loosest cut-off up to `level` that the labels of the shadow bear out; 0 where none does.

        Cut-offs are tried from the strictest on, from the first that passes to the first that fails.
        """
        trial = self.trial
        trial.served, trial.wrong, found = 0, 0.0, 0.0
        for wrong, error in sorted(trial.labels):
            if wrong > level or (found and not self._bears(trial.served + 1, trial.wrong + error)):
                break
            trial.served, trial.wrong = trial.served + 1, trial.wrong + error
            if found or self._bears(trial.served, trial.wrong):
                found = wrong
        if found:
            self.certified = True
            self.hits, self.spent, self.caught = 0, 0.0, 0.0
        return found

    def audited(self, wrong: float, share: float) -> None:
        """Charge what an audited hit turned out to be; go back to shadow where errors are far beyond the reckoning."""
        self.caught += wrong * min(1.0 / share, MOST_CAUGHT)
        if self.credit < 0.0 and self.caught > 2.0 * self.spent:
            self.certified = False
            self.trial = Trial()
            self.failed += 1

    def promises(self, other: "Promise") -> bool:
        """Whether another ledger is of the same promise."""
        mine, others = (self.per_request, self.per_hit, self.safety), (other.per_request, other.per_hit, other.safety)
        return mine == others

    def copy(self) -> "Promise":
        """The ledger as it stands."""
        return replace(self, trial=replace(self.trial))

    def _bears(self, served: int, errors: float) -> bool:
        """Whether so many errors of so many served, at 95 %, are fewer than promised."""
        requests, most = self.trial.requests, upper(errors)
        if served < LEAST_WOULD_SERVE or requests < LEAST_TRIALS or most > self.per_request * requests:
            return False
        return self.per_hit is None or most <= CERTIFIED_PER_HIT * self.per_hit * served
