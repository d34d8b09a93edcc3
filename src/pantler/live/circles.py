"""One circle at work: who is near in it, whether that is near enough, and what its labels teach. Knows no clock."""

from collections.abc import Callable, Hashable
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import msgspec
import numpy as np

from pantler.core.edges import Index
from pantler.core.types import Key
from pantler.indexes.bits import Bits
from pantler.indexes.faiss import Faiss
from pantler.live.asking import Question
from pantler.live.members import Member, Members
from pantler.live.observed import Observed
from pantler.matchers.verified import NEAREST, Verified
from pantler.matching.cutoff import Cutoff
from pantler.matching.prior import pretrained
from pantler.matching.promise import Promise
from pantler.matching.rules import LITERAL, literal_differs, refused_pair
from pantler.matching.values import Finding, Near
from pantler.matching.wording import Wording, read

MOST_FOR_BITS = 200_000  # vectors, beyond which faiss finds the nearest several times sooner
UNSHARED = "not_yet_shared"
UNCOVERED = "words_not_covered"
LEAST_COVERED = 0.5  # of either text's content words, where principals share
SHARE_OF_ONE = 10  # in a circle that is shared, no principal holds more than one in so many

UNDECIDED = Finding(None, 1.0, False, "to be read by the second encoder")

Bearable = Callable[[Hashable], float]


class Terms(msgspec.Struct, frozen=True):
    """What is promised of a circle's hits, and how its labels are come by.

    `agreeing` is how many principals' calls must have brought an answer before it is served to another one; `is_shared`
    whether there is more than one principal, `is_seconded` whether a second encoder is asked. `ground` names all
    that a certificate stands on: the promise, who makes vectors, who says that two answers agree.
    """

    per_request: float = 0.01
    per_hit: float | None = None
    judge_error: float = 0.0
    most: int = 20_000
    agreeing: int = 2
    is_shared: bool = False
    is_seconded: bool = False
    ground: str = ""


class Counts(NamedTuple):
    """What a report counts of a circle's hits: those served, and the labels of those audited or in shadow."""

    served: int
    audited: Observed
    in_shadow: Observed


class Found(msgspec.Struct, frozen=True):
    """What came of a look: the finding, and the cosine of the nearest text.

    `is_undecided` where a second encoder's vector of the question is wanted first; nothing was counted then.
    """

    finding: Finding
    cosine: float = 0.0
    is_undecided: bool = False


class Matching:
    """A matcher with the texts that it compares."""

    def __init__(self, terms: Terms, dimensions: int, seed: int = 0) -> None:
        self.terms = terms
        promise = Promise(terms.per_request, terms.per_hit)
        prior = pretrained(seconded=terms.is_seconded)
        self.matcher = Verified(promise, judge_error=terms.judge_error, prior=prior, seed=seed)
        quota = max(1, terms.most // SHARE_OF_ONE) if terms.is_shared else terms.most
        self.served = 0
        self.audited = Observed()
        self.in_shadow = Observed()
        self._seconds: dict[Key, Any] = {}  # vectors by a second encoder, of the members that it has read
        self.members = Members(partial(index_for, terms.most, dimensions), terms.most, quota)

    @property
    def counts(self) -> Counts:
        """Those of its report."""
        return Counts(self.served, self.audited, self.in_shadow)

    def go_on(self, learned: Any, counts: Counts, ground: str) -> None:
        """Take up what a matcher had learned; its certificate only where that stood on the same ground."""
        matcher, begun = self.matcher, self.matcher.promise
        matcher.restore(learned)
        if ground != self.terms.ground:
            matcher.promise, matcher.cutoff = begun, Cutoff()
        elif matcher.promise is not begun:
            self.served, self.audited, self.in_shadow = counts

    def look(self, question: Question, vector: Any, bearable: Bearable, second: Any = None) -> Found:
        """What to do with the nearest text; counts one request of the promise, unless it is undecided.

        `second` is what the second encoder makes of the question, which is asked for where no rule has refused.
        """
        found = self.members.nearest(question.scope, vector, NEAREST)
        asked = read(question.text)
        if not found:
            return Found(self.matcher.match(asked, []))
        key, cosine = found[0]
        stored = read(self.members[key].text)
        near = [Near(key, cosine, stored, self._second(second, key))]
        near += [Near(other, less, second=self._second(second, other)) for other, less in found[1:]]
        rule = self._refused(question, key, asked, stored)
        if rule and rule != UNSHARED:
            self.matcher.match(asked, [])
            return Found(Finding(key, 1.0, False, rule), cosine)
        if second is None and key in self._seconds and refused_pair(asked, stored) is None:
            return Found(UNDECIDED, cosine, is_undecided=True)
        if rule:  # what its label says of the pair, and of who agrees, is wanted all the same
            finding = self.matcher.match(asked, near, most=lambda _: 0.0)
            rule = UNSHARED if finding.row is not None else finding.reason
            return Found(msgspec.structs.replace(finding, reason=rule), cosine)
        finding = self.matcher.match(asked, near, most=bearable)
        self.served += finding.serve
        return Found(finding, cosine)

    def withdraw(self, finding: Finding | None) -> None:
        """What was found was not served after all: no hit, though its chance of an error stays charged."""
        if finding is not None and finding.serve:
            self.served -= 1
            self.matcher.promise.hits -= 1

    def add(self, key: Key, question: Question, vector: Any) -> None:
        """The question's answer is stored under the key, where another may have been, for which others vouched."""
        if key in self.members:
            self.members.renew(key, question.principal)
            return
        voters = frozenset([question.principal])
        for gone in self.members.add(key, Member(question.scope, question.text, question.principal, voters), vector):
            self._leave(gone)

    def read_by_second(self, key: Key, vector: Any) -> None:
        """The second encoder has read a member's text, if it is one still."""
        if key in self.members:
            self._seconds[key] = vector.astype(np.float16)  # half the room, and cosines right to a thousandth

    def learn(self, finding: Finding, right: bool, fresh: Key, question: Question) -> None:
        """Whether what a call for the question brought, kept under `fresh`, agreed with the answer of the entry."""
        if finding.audit:
            self.audited.add(not right, 1.0 / finding.share)
        elif finding.would and not self.matcher.promise.certified:
            self.in_shadow.add(not right, 1.0)
        if self._may_teach(finding, right, question.scope):
            self.matcher.learn(finding, right, fresh)
        if right and isinstance(finding.key, int):
            self.members.agree(finding.key, fresh, question.principal)

    def rate(self, key: Key) -> None:
        """Somebody said that a hit on the key was wrong."""
        self.matcher.rate(key)

    def drop(self, key: Key) -> None:
        """The answer has left."""
        if self.members.drop(key):
            self._leave(key)

    def _may_teach(self, finding: Finding, right: bool, scope: Key) -> bool:
        """Whether a label may speak for all: who is alone in a scope can make its answers agree as it likes."""
        if not self.terms.is_shared or (finding.audit and not right):
            return True
        return self.members.principals(scope) >= self.terms.agreeing

    def _leave(self, key: Key) -> None:
        self._seconds.pop(key, None)
        self.matcher.drop(key)

    def _second(self, asked: Any, key: Key) -> float | None:
        """The cosine of a question and a member by the second encoder."""
        stored = self._seconds.get(key)
        return None if asked is None or stored is None else float(stored.astype(np.float32) @ asked)

    def _refused(self, question: Question, key: Key, asked: Wording, stored: Wording) -> str:
        """The rule by which the nearest is not matched, empty where none is."""
        member = self.members[key]
        if literal_differs(question.text, member.text):
            return LITERAL
        if not self.terms.is_shared:
            return ""
        if min(_covered(asked, stored), _covered(stored, asked)) < LEAST_COVERED:
            return UNCOVERED
        is_known = question.principal in member.voters or len(member.voters) >= self.terms.agreeing
        return "" if is_known else UNSHARED


def index_for(most: int, dimensions: int) -> Index:
    """An index that finds quickly among `most` vectors, as far as what is installed allows."""
    return Faiss(dimensions) if most > MOST_FOR_BITS and find_spec("faiss") else Bits(dimensions)


def _covered(one: Wording, other: Wording) -> float:
    """The share of a text's content words that another one has too."""
    return len(one.content & other.content) / len(one.content) if one.content else 1.0
