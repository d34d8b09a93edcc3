"""Near enough if the chance of an error, as learned and audited, fits what the promise has left."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from random import Random
from typing import Any

import msgspec

from pantler.matching import belief, cutoff
from pantler.matching.belief import MOST_WEIGHT, Belief, Pair
from pantler.matching.cutoff import Cutoff
from pantler.matching.features import Rarity, features, seconded
from pantler.matching.kinds import WIDEST_GAP, Kept, Kinds
from pantler.matching.prior import Pretrained, pretrained
from pantler.matching.promise import Promise, unbiased
from pantler.matching.rules import refused_pair
from pantler.matching.values import Finding, Near
from pantler.matching.wording import Wording

NEAREST = 12  # stored texts that are looked at, most of them for their kind alone
UNREAD = "not read by the second encoder"
DISTRUST = 2.0  # times its chance, and SURE besides, a hit is never wronger than, it is believed
SURE = 0.0015
NOTHING = Finding(None, 1.0, False, "nothing stored is near")


def _any(key: Hashable) -> float:
    """However doubtful, a hit costs less than a call."""
    return 1.0


class State(msgspec.Struct, frozen=True, array_like=True):
    """What a matcher has learned upon the prior of that fingerprint."""

    prior: int
    belief: belief.State
    cutoff: cutoff.State
    promise: Promise
    texts: int
    words: dict[str, int]
    kinds: Kept = []


class Verified:
    """Serves nothing before its errors are certified in shadow; learns from every label.

    `judge_error` is the share of labels that are false. Where answers are equal the judge errs in neither direction
    more than that.
    """

    def __init__(
        self,
        promise: Promise | None = None,
        *,
        judge_error: float = 0.0,
        prior: Pretrained | None = None,
        seed: int = 0,
    ) -> None:
        self.promise = promise or Promise()
        self.judge_error = judge_error
        self.belief = Belief(prior or pretrained(), lies=judge_error)
        self.cutoff = Cutoff()
        self.rarity = Rarity()
        self.kinds = Kinds()
        self._chance = Random(seed)

    def match(self, asked: Wording, near: Sequence[Near], *, most: Callable[[Hashable], float] = _any) -> Finding:
        """What to do with the nearest of `near`, which come nearest first; counts one request.

        `most` is the chance of an error, by entry, from which on a call is expected to cost less.
        """
        self.promise.arrive()
        self.rarity.see(asked)
        if not near:
            return NOTHING
        nearest = near[0]
        assert nearest.wording is not None, "the nearest is read before it is matched"
        refusal = refused_pair(asked, nearest.wording)
        if refusal is not None:
            return Finding(nearest.key, 1.0, False, refusal)
        pair = self._pair(asked, nearest.wording, near)
        if pair is None:
            return Finding(nearest.key, 1.0, False, UNREAD)
        wrong = self.belief.wrong(pair, nearest.key)
        if self.cutoff.see(wrong):
            self._choose()
        return self._decided(nearest.key, wrong, pair, most(nearest.key))

    def learn(self, finding: Finding, right: bool, fresh: Hashable | None = None) -> None:
        """Whether the fresh answer agreed with that of the entry, for any finding that was not served.

        `fresh` is the entry that the fresh answer is kept as, None where it is not.
        """
        if fresh is not None and finding.key is not None:
            self.kinds.label(fresh, finding.key, right)
        if finding.row is None:
            if not self.promise.certified and finding.key is not None:
                self.promise.tried(1.0, 0.0)
            return
        weight = min(1.0 / finding.share, MOST_WEIGHT)
        error = unbiased(not right, self.judge_error)
        self.belief.learn(finding.row, finding.key, not right, weight)
        self.cutoff.observe(finding.wrong, error, weight=weight, would=finding.would)
        if finding.audit:
            most = min(1.0, finding.wrong * self.cutoff.inflation)
            self.promise.surprise.hear(not right, _worst(most), self.judge_error)
            self.promise.tell(self.kinds.of(finding.key), most, error)
            self.promise.audited(not right, finding.share, self.judge_error)
        elif not self.promise.certified:
            self.promise.tried(finding.wrong, error)

    def rate(self, key: Hashable) -> None:
        """Somebody said that a hit on `key` was wrong."""
        self.belief.demote(key)
        self.promise.tell(self.kinds.of(key), 0.0, 1.0)
        self.kinds.forget(key)

    def drop(self, key: Hashable) -> None:
        """The entry has left."""
        self.belief.forget(key)
        self.kinds.forget(key)

    def snapshot(self) -> State:
        """What it has learned; its keys must be numbers."""
        learned = self.belief.snapshot(), self.cutoff.snapshot(), self.promise.copy()
        words, kinds = dict(self.rarity.counts), self.kinds.snapshot()
        return State(self.belief.prior.fingerprint, *learned, self.rarity.texts, words, kinds)

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave; raises msgspec.ValidationError or ValueError for anything else.

        What was learned upon another prior is left, and under another promise it begins in shadow.
        """
        state = msgspec.convert(kept, State)
        if state.prior != self.belief.prior.fingerprint:
            return
        self.belief.restore(state.belief)
        self.rarity.texts, self.rarity.counts = state.texts, Counter(state.words)
        self.kinds.restore(state.kinds)
        if self.promise.promises(state.promise):
            self.promise = state.promise.copy()
            self.cutoff.restore(state.cutoff)

    def _pair(self, asked: Wording, stored: Wording, near: Sequence[Near]) -> Pair | None:
        """The question and the nearest as the belief weighs them; None where a second encoder's word is lacking."""
        nearest, other = near[0], near[1] if len(near) > 1 else None
        made = features(asked, stored, nearest.cosine, self.kinds.company(near), self.rarity)
        if self.belief.prior.is_seconded:
            if nearest.second is None:
                return None
            gap = WIDEST_GAP if other is None or other.second is None else nearest.second - other.second
            made = seconded(made, nearest.second, gap)
        return self.belief.pair(made, asked, stored)

    def _decided(self, key: Hashable, wrong: float, pair: Pair, bearable: float) -> Finding:
        most = min(1.0, wrong * self.cutoff.inflation)
        if wrong > self.cutoff.level:
            return Finding(key, wrong, False, "too doubtful", row=pair)
        if wrong >= bearable:
            return Finding(key, wrong, False, "a call costs less than the doubt", row=pair)
        if not self.promise.affords(most):
            return Finding(key, wrong, False, "no credit left", row=pair)
        if not self.promise.certified:
            self.promise.serve(most)
            return Finding(key, wrong, False, "in shadow", would=True, row=pair)
        worst = self.promise.surprise.believed(_worst(most))
        kind = self.kinds.of(key)
        share = self.promise.audited_share(worst, sure=self.promise.is_sure(kind, most))
        self.promise.weigh(worst, share)
        if self._chance.random() < share:
            return Finding(key, wrong, False, "audited", audit=True, would=True, share=share, row=pair)
        self.promise.serve(most, kind)
        return Finding(key, wrong, True, "semantic", would=True, row=pair)

    def _choose(self) -> None:
        promise = self.promise
        per_hit = None if promise.per_hit is None else promise.safety * promise.per_hit
        if promise.certified:
            self.cutoff.choose(promise.aim, promise.credit, per_hit)
        else:
            self.cutoff.choose(promise.aim, 0.0, per_hit)
            self.cutoff.level = promise.certify(self.cutoff.level) or self.cutoff.level


def _worst(most: float) -> float:
    """The most that a chance of an error is believed to be, reckoned at `most`."""
    return min(1.0, DISTRUST * (most + SURE))
