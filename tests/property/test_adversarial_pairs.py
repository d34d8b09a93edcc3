"""C6: what only looks alike is served no more often than is published, and not at all once it was too often."""

from random import Random

import pytest

from pantler.embedders.hashing import Hashing
from pantler.matchers.verified import Verified
from pantler.matching.poisson import upper
from pantler.matching.promise import Promise
from pantler.matching.values import Near
from pantler.matching.wording import read
from pantler.simulator.rehearsal.adversarial import SAME, adversarial_pairs
from pantler.simulator.rehearsal.pairs import trial_pairs
from pantler.simulator.rehearsal.run import Trial
from pantler.simulator.rehearsal.stream import Vectors

PUBLISHED = 0.01  # of requests, as configured where nothing else is
PAIRS = 10_000
NAMED = ("number", "negation", "entity swap", "location")

pytestmark = pytest.mark.promise("C6")


def test_of_ten_thousand_pairs_that_look_alike_fewer_are_served_wrongly_than_is_published_beyond_doubt() -> None:
    texts = adversarial_pairs(PAIRS // 20, seed=1)
    drawn = tuple(Random(2).choices(texts.pairs, k=PAIRS))
    vectors = Vectors(Hashing(), list(texts.facts))
    categories, tally = trial_pairs(Trial(PUBLISHED, None, None), 3, drawn, vectors)
    assert upper(len(tally.wrong)) <= PUBLISHED * PAIRS, "with 95 % confidence"
    assert {categories[name].false_hits for name in NAMED} == {0}
    assert sum(found.hits for name, found in categories.items() if name.startswith(SAME)) > PAIRS / 100
    assert sum(found.different for found in categories.values()) > PAIRS / 2


def test_where_more_was_wrong_than_was_promised_nothing_is_served_any_longer() -> None:
    matcher, asked = Verified(Promise(0.05), seed=1), read("how tall is the tower of oslo")
    near = [Near(1, 0.98, read("what height has the tower of oslo"))]
    served = {True: 0, False: 0}
    for right, count in ((True, 4000), (False, 8000)):
        for _ in range(count):
            matcher.belief.wrong = lambda row, key: 1e-3  # type: ignore[misc]
            finding = matcher.match(asked, near)
            if finding.serve:
                served[right] += 1
            else:
                matcher.learn(finding, right)
        assert matcher.promise.certified is right
    assert served[True] > 1000
    assert served[False] <= 0.05 * 12_000
    assert not any(matcher.match(asked, near).serve for _ in range(100))
