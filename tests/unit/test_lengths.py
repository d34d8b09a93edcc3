import numpy as np
import pytest

from pantler.core.traits import Traits
from pantler.simulator.fitting.lengths import lengths


def traits(rng: np.random.Generator, count: int) -> list[Traits]:
    return [
        Traits(np.zeros(0, int), rng.normal(size=3).astype(np.float32), rng.normal(size=4).astype(np.float32))
        for _ in range(count)
    ]


def wide(rng: np.random.Generator, count: int) -> list[Traits]:
    """Traits of so many numbers that a line through hundreds of queries can follow their noise."""
    vectors = rng.normal(size=(count, 200)).astype(np.float32)
    return [Traits(np.zeros(0, int), vector, rng.normal(size=4).astype(np.float32)) for vector in vectors]


def test_longer_answers_are_foretold_where_the_text_tells_them() -> None:
    rng = np.random.default_rng(0)
    known, asked = traits(rng, 600), traits(rng, 50)
    tokens = [np.array([[200.0 + 50.0 * each.vector[0], 100.0] for each in some]) for some in (known, asked)]
    found = lengths(known, tokens[0]).tokens(asked)
    assert np.corrcoef(found[:, 0], tokens[1][:, 0])[0, 1] > 0.95
    assert found[:, 1] == pytest.approx(100.0, abs=1.0)


def test_no_answer_is_expected_to_be_shorter_than_a_token() -> None:
    rng = np.random.default_rng(1)
    known = traits(rng, 100)
    found = lengths(known, np.array([[1.0 + 0.1 * each.surface[0]] for each in known]))
    assert found.tokens(known).min() >= 1.0


def test_a_text_unlike_any_that_was_fitted_to_is_expected_to_be_answered_as_the_farthest_of_those() -> None:
    rng = np.random.default_rng(2)
    known = traits(rng, 600)
    tokens = np.array([[200.0 + 50.0 * each.surface[0]] for each in known])
    found = lengths(known, tokens)
    for far in (-40.0, 40.0):
        (asked,) = traits(rng, 1)
        asked.surface[0] = far
        (told,) = found.tokens([asked])[0]
        assert tokens.min() <= told <= tokens.max(), "a line would go on to thousands"


def test_lengths_that_the_text_does_not_tell_are_the_mean_and_those_of_another_model_are_still_foretold() -> None:
    rng = np.random.default_rng(3)
    known, asked = wide(rng, 300), wide(rng, 50)
    tokens = np.array([[400.0 + 300.0 * rng.normal(), 400.0 + 100.0 * each.vector[0]] for each in known])
    tokens = np.maximum(tokens, 1.0)
    found = lengths(known, tokens).tokens(asked)
    assert found[:, 0] == pytest.approx(tokens[:, 0].mean(), rel=1e-3), "a line would follow the noise"
    assert np.corrcoef(found[:, 1], [each.vector[0] for each in asked])[0, 1] > 0.8


def test_so_few_answers_that_none_can_be_held_back_tell_their_mean() -> None:
    rng = np.random.default_rng(4)
    known = traits(rng, 4)
    found = lengths(known, np.array([[100.0], [200.0], [300.0], [400.0]]))
    assert found.tokens(known)[:, 0] == pytest.approx(250.0)
