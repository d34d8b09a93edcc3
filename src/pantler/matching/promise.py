"""The ledger of how much may be served wrongly, and how much has been.

Two accounts are kept. By reckoning, each request earns s d of credit (d errors allowed per request, s the safety
factor), and a hit costs the upper end of its chance to be wrong; without credit there is no hit. By audits, so many
errors are allowed by now as the promise has room for, less a reserve, and so many hits are asked anyway as it takes for
the most that may have been served unseen to stay below. Where errors per hit are promised too, hits earn likewise.
"""

from dataclasses import dataclass, field, replace
from math import sqrt

from pantler.core.errors import ConfigError
from pantler.matching.poisson import CONFIDENCE
from pantler.matching.probation import FIRST, Probation
from pantler.matching.surprise import Surprise
from pantler.matching.trial import Trial
from pantler.matching.unaudited import Unaudited, first_caught

SAFETY = 0.5
ALLOWED = 0.75  # of what is promised, by audits; START and a reserve for either half of a run are the rest
START = 1000  # requests' errors that are allowed beforehand, or MOST_START
MOST_START = 10.0
START_PER_HIT = 2.0
LEAST_OF_SURE, MOST_AUDITED_PER_HIT = 0.5, 0.5
AMPLE = 0.25  # of what is allowed, that is left
AUDITED_FIRST = 0.1  # of the first sure hits, among which one that is wrong is the sooner few enough
MOST_REQUESTS_SAVED = 500
MOST_ERRORS_SAVED = 5.0
LEAST_AUDITED = 0.02
STRICTER = 0.6  # after serving has had to stop
FIRST_TRIAL = 0.5  # of the rate: a stricter cut-off is certified sooner, and loosened from there


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
    scatter: float = 0.0  # the variance of `caught`
    forfeited: float = 0.0
    certified: bool = False
    trial: Trial = field(default_factory=Trial)
    failed: int = 0
    unaudited: Unaudited = field(default_factory=Unaudited)
    weighed: int = 0  # hits since it was certified, served or audited
    began: int = 0  # requests before
    probation: Probation = field(default_factory=Probation)  # where errors per hit are promised
    surprise: Surprise = field(default_factory=Surprise)
    spare: float = MOST_START  # errors that may be served from now on, however few were before

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
        """Errors per request at which the cut-off aims.

        Fewer in shadow, and fewer still after a trial that failed. Fewer too where audits leave less than AMPLE: the
        surest hits are served rather than all of them audited.
        """
        if not self.certified:
            return self.rate * FIRST_TRIAL * STRICTER**self.failed
        left = min(1.0 - self.unaudited.most(self.allowed) / self.allowed, self.spare / self.most_spared)
        return self.rate * min(1.0, max(0.0, left / AMPLE))

    @property
    def credit(self) -> float:
        """Errors that may still be served, as they are reckoned."""
        return self.rate * self.requests - self.forfeited - self.spent

    @property
    def allowed(self) -> float:
        """Errors that may have been served by now, as audits bound them."""
        allowed = ALLOWED * self.per_request * self.requests + min(self.per_request * START, MOST_START)
        return allowed if self.per_hit is None else min(allowed, ALLOWED * self.per_hit * self.hits + START_PER_HIT)

    @property
    def most_spared(self) -> float:
        """Errors that were allowed and not made and may be made later: as many as half a run of this length bears.

        It may have what it is promised and twice the root of that; it earns ALLOWED of the promise meanwhile.
        """
        promised = self.per_request * self.requests / 2.0
        return max(min(self.per_request * START, MOST_START), (1.0 - ALLOWED) * promised + 2.0 * sqrt(promised))

    @property
    def earned_by_hit(self) -> float:
        """Errors that are allowed more for each hit, served or audited, of which there are as many as of late."""
        earned = self.per_request * (self.requests - self.began + 1) / (self.weighed + 1)
        return ALLOWED * (earned if self.per_hit is None else min(earned, self.per_hit))

    def arrive(self) -> None:
        """One more request; credit beyond that of MOST_REQUESTS_SAVED, or MOST_ERRORS_SAVED, is forfeited."""
        self.requests += 1
        saved = min(self.rate * MOST_REQUESTS_SAVED, MOST_ERRORS_SAVED)
        self.forfeited += max(0.0, self.credit - saved)
        self.spare = min(self.most_spared, self.spare + ALLOWED * self.per_request)

    def affords(self, wrong: float) -> bool:
        """Whether a hit may be served that is wrong with a chance of at most `wrong`."""
        if self.credit < wrong:
            return False
        if self.per_hit is None:
            return True
        return self.spent + wrong <= self.safety * self.per_hit * (self.hits + 1)

    @property
    def probation_left(self) -> int:
        """Sure hits that are asked all the same before one is served; 0 without `per_hit`."""
        return 0 if self.per_hit is None else self.probation.left(self.requests, self.per_hit)

    @property
    def are_few(self) -> bool:
        """Whether hits have not earned yet what is allowed beforehand, so that one wrong may be more than promised."""
        return self.per_hit is not None and self.hits * (1.0 - ALLOWED) * self.per_hit < START_PER_HIT

    @property
    def are_first(self) -> bool:
        """Whether hits are so few that probation answers for them, not audits."""
        return self.per_hit is not None and self.probation.passed and self.hits * self.per_hit < FIRST

    def is_sure(self, kind: int | None, wrong: float) -> bool:
        """Whether probation tells of hits like this one, and none of its kind has been served since the last label."""
        if self.per_hit is None or kind in self.probation.unseen:
            return False
        return self.probation.is_sure(kind, wrong, self.per_hit)

    def audited_share(self, worst: float, *, sure: bool = False) -> float:
        """The share to audit of hits that are wrong with a chance of at most `worst`.

        As many as `unaudited` asks for where they may cost all they earn, and fewer of the surer ones, yet so many that
        one of `allowed` wrong ones is caught if all that is believed is false. Where errors per hit are promised, half
        as many at least, and all where that would be most; of few hits, all that are not `sure`.
        """
        share, surer = self.unaudited.share(self.allowed, self.spare), worst / self.earned_by_hit
        if self.per_hit is None:
            return 1.0 if share >= 1.0 else max(LEAST_AUDITED, first_caught(self.allowed), share * min(1.0, surer))
        if not self.probation.over(self.requests, self.per_hit) or (self.are_few and not sure):
            return 1.0
        if self.are_first:
            return AUDITED_FIRST
        share *= 1.0 if share >= 1.0 else min(1.0, max(LEAST_OF_SURE, surer))
        return 1.0 if share > MOST_AUDITED_PER_HIT else share

    def tell(self, kind: int | None, wrong: float, error: float) -> None:
        """What a label said of a hit of a kind, reckoned to be wrong with the chance `wrong`.

        A sure one that was wrong begins probation anew while hits are few.
        """
        if self.per_hit is None or kind is None:
            return
        if self.probation.is_sure(kind, wrong, self.per_hit):
            if error > 0.0 and self.are_few and self.probation.passed:
                self.probation.begin()
            self.probation.hear(self.requests, error)
        self.probation.tell(kind, error)

    def weigh(self, worst: float, share: float) -> None:
        """A hit that is about to be served, or audited with the chance `share`."""
        self.weighed += 1
        if self.are_first:
            return
        before = self.unaudited.most(self.allowed)
        self.unaudited.weigh(worst, share)
        self.spare -= self.unaudited.most(self.allowed) - before

    def serve(self, wrong: float, kind: int | None = None) -> None:
        """Charge a hit; in shadow the one that would have been, whose kind does not count."""
        self.hits += 1
        self.spent += wrong
        if kind is not None and self.are_few:
            self.probation.unseen.add(kind)

    def tried(self, wrong: float, error: float) -> None:
        """One labelled request in shadow, the chance of its error as it was reckoned and the error that was seen."""
        self.trial.add(wrong, error)

    def certify(self, level: float) -> float:
        """The loosest cut-off up to `level` that the labels of the shadow bear out; 0 where none does."""
        trial = self.trial
        found = trial.loosest(level, self.per_request, self.per_hit)
        if found:
            self.certified = True
            self.hits, self.spent, self.caught, self.scatter = trial.hits, trial.spent, trial.spent, 0.0
            self.weighed, self.began = 0, self.requests
            self.probation.begin()
        return found

    def audited(self, wrong: bool, share: float, lies: float = 0.0) -> None:
        """Charge what a judge who is mistaken at the rate `lies` said of an audited hit.

        Where nothing is left and errors, at 95 %, are beyond the reckoning, go back to shadow.
        """
        unseen = (1.0 - share) / share * unbiased(wrong, lies)
        self.caught += unseen
        self.scatter += unseen * unseen
        before = self.unaudited.most(self.allowed)
        self.unaudited.hear(wrong, share, lies)
        self.spare -= self.unaudited.most(self.allowed) - before
        fewest = self.caught - CONFIDENCE * sqrt(self.scatter)
        left = min(self.spare, self.allowed - self.unaudited.most(self.allowed))
        if left <= 0.0 and fewest > self.spent:
            self.certified = False
            self.trial = Trial(hits=self.hits, spent=self.spent)
            self.failed += 1

    def promises(self, other: "Promise") -> bool:
        """Whether another ledger is of the same promise."""
        mine, others = (self.per_request, self.per_hit, self.safety), (other.per_request, other.per_hit, other.safety)
        return mine == others

    def copy(self) -> "Promise":
        """The ledger as it stands."""
        return replace(
            self,
            trial=replace(self.trial),
            unaudited=self.unaudited.copy(),
            surprise=replace(self.surprise),
            probation=self.probation.copy(),
        )


def unbiased(wrong: bool, lies: float) -> float:
    """An error as it would be counted on the mean by a judge who is never mistaken."""
    return (wrong - lies) / (1.0 - 2.0 * lies)
