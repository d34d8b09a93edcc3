"""What every index owes its caller: the nearest neighbour, and never one that was dropped."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pantler.build import names, part

EVERY = names("indexes")


def unit(rng: np.random.Generator, count: int, dimensions: int = 64) -> NDArray[np.float32]:
    drawn = rng.normal(size=(count, dimensions)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.parametrize("name", EVERY)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["add", "drop", "search"]), st.integers(0, 20)), max_size=120),
    seed=st.integers(0, 2**32 - 1),
)
def test_under_any_adds_and_drops_the_nearest_are_those_of_a_full_scan(
    name: str, steps: list[tuple[str, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    index = part("indexes", name)(64)
    kept: dict[int, NDArray[np.float32]] = {}
    for step, key in steps:
        vector = unit(rng, 1)[0]
        if step == "add":
            index.add(key, vector)
            kept[key] = vector
        elif step == "drop":
            assert index.drop(key) == (kept.pop(key, None) is not None)
        else:
            found = index.search(vector, 3)
            best = sorted((float(v @ vector) for v in kept.values()), reverse=True)[:3]
            assert [score for _, score in found] == pytest.approx(best, abs=1e-5)
            assert all(float(kept[key] @ vector) == pytest.approx(score, abs=1e-5) for key, score in found)
        assert len(index) == len(kept)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=20)  # faiss searches in several threads, which takes long on a busy machine
@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=20, max_size=120),
    seed=st.integers(0, 2**32 - 1),
)
def test_under_any_adds_and_drops_what_is_kept_is_found_by_its_signs(
    name: str, steps: list[tuple[bool, int]], seed: int
) -> None:
    """With a shortlist of one, so that the others are told apart by their signs alone; keys come again, too."""
    rng = np.random.default_rng(seed)
    index = part("indexes", name)(64, shortlist=1)
    kept: dict[int, NDArray[np.float32]] = {}
    for is_added, key in steps:
        if is_added:
            kept[key] = unit(rng, 1)[0]
            index.add(key, kept[key])
        elif kept.pop(key, None) is not None:
            index.drop(key)
    for each, vector in kept.items():
        assert index.search(vector)[0][0] == each


@pytest.mark.parametrize("name", EVERY)
def test_a_near_duplicate_is_found_among_many_while_old_ones_are_replaced(name: str) -> None:
    rng = np.random.default_rng(7)
    index: Any = part("indexes", name)(256)
    held = 3000
    vectors = unit(rng, 2 * held, 256)
    for number, vector in enumerate(vectors):
        index.add(number, vector)
        if number >= held:
            assert index.drop(number - held)
    for number in range(held, 2 * held, 50):
        noisy = vectors[number] + 0.3 * unit(rng, 1, 256)[0]
        assert index.search(noisy / np.linalg.norm(noisy))[0][0] == number


@pytest.mark.parametrize("name", EVERY)
def test_what_is_kept_can_be_read_back_but_not_written_through(name: str) -> None:
    index: Any = part("indexes", name)(64)
    vector = unit(np.random.default_rng(1), 1)[0]
    index.add("a", vector)
    read = index.vector("a")
    np.testing.assert_array_equal(read, vector)
    read[:] = 0.0
    np.testing.assert_array_equal(index.vector("a"), vector)
    with pytest.raises(KeyError):
        index.vector("b")
