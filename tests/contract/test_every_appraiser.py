"""What every kind of appraiser holds to, fitted to made queries of two sorts that two models answer differently."""

from collections.abc import Callable

import numpy as np
import pytest

from pantler.build import names
from pantler.core.seams import Appraiser
from pantler.embedders.hashing import Hashing
from pantler.simulator.fitting.kinds import KINDS, Kind, Labelled
from pantler.texts.reading import Reading

READING = Reading(Hashing())
MODELS = 3


def made(count: int, seed: int = 0) -> Labelled:
    """Sums, on which the first model errs, and poems, on which the second does; the third always errs half the time."""
    rng = np.random.default_rng(seed)
    sums = rng.random(count) < 0.5
    texts = [
        f"What is {one} plus {other}? Give the number."
        if is_sum
        else f"Write a poem about the {['sea', 'moon', 'rain', 'wind'][one % 4]} in {other} lines."
        for is_sum, one, other in zip(sums, rng.integers(1, 99, count), rng.integers(1, 99, count), strict=True)
    ]
    chances = np.stack([np.where(sums, 0.9, 0.1), np.where(sums, 0.1, 0.9), np.full(count, 0.5)], axis=1)
    return Labelled(READING.many(texts), (rng.random((count, MODELS)) < chances).astype(np.float32))


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def fit(kind: Kind) -> Callable[[Labelled], Appraiser]:
    return lambda known: kind.fit(known, kind.settings[0])


def test_every_appraiser_is_fitted_by_some_kind() -> None:
    assert {kind.name for kind in KINDS} | {"mean"} == set(names("appraisers"))


def test_chances_lie_between_0_and_1(fit: Callable[[Labelled], Appraiser]) -> None:
    appraiser = fit(made(200))
    for traits in [*made(50, seed=1).traits, READING.one(""), READING.one("Ünïcode ☃ only")]:
        wrong = appraiser.wrong(traits)
        assert wrong.shape == (MODELS,)
        assert ((wrong >= 0.0) & (wrong <= 1.0)).all()


def test_who_errs_on_which_sort_of_query_is_learned(fit: Callable[[Labelled], Appraiser]) -> None:
    appraiser = fit(made(600))
    a_sum = appraiser.wrong(READING.one("What is 12 plus 30? Give the number."))
    a_poem = appraiser.wrong(READING.one("Write a poem about the sea in 4 lines."))
    assert a_sum[0] > a_sum[1] + 0.2
    assert a_poem[1] > a_poem[0] + 0.2


def test_equal_labels_give_equal_chances(fit: Callable[[Labelled], Appraiser]) -> None:
    first, second = fit(made(200)), fit(made(200))
    for traits in made(20, seed=2).traits:
        np.testing.assert_array_equal(first.wrong(traits), second.wrong(traits))
