"""The two indexes of signs find the same, whatever is put, replaced and dropped."""

import random

import numpy as np
import pytest

from pantler.indexes.bits import Bits
from pantler.live.circles import MOST_FOR_BITS, index_for

pytest.importorskip("faiss", reason="the extra faiss is not installed")

from pantler.indexes.faiss import Faiss

DIMENSIONS, HELD, STEPS = 256, 1500, 6000


@pytest.mark.parametrize("seed", range(3))
def test_under_churn_faiss_finds_what_bits_find_and_a_whole_scan_finds(seed: int) -> None:
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    bits, flat = Bits(DIMENSIONS), Faiss(DIMENSIONS)
    kept: dict[int, np.ndarray] = {}
    searched = 0
    for step in range(STEPS):
        if chance.random() < 0.3 and len(kept) > HELD // 2:
            key = chance.choice(list(kept))
            del kept[key]
            assert bits.drop(key)
            assert flat.drop(key)
        elif kept and chance.random() < 0.1:
            asked = kept[chance.choice(list(kept))] + 0.25 * rng.normal(size=DIMENSIONS) / DIMENSIONS**0.5
            asked = (asked / np.linalg.norm(asked)).astype(np.float32)
            best = max(kept, key=lambda key: float(kept[key] @ asked))
            ((one, by_bits),), ((other, by_faiss),) = bits.search(asked), flat.search(asked)
            assert (one, other) == (best, best), (seed, step)
            assert by_bits == pytest.approx(by_faiss, abs=1e-6)
            searched += 1
        else:
            key = chance.randrange(HELD)  # now and then in place of another
            vector = rng.normal(size=DIMENSIONS).astype(np.float32)
            kept[key] = vector / np.linalg.norm(vector)
            bits.add(key, kept[key])
            flat.add(key, kept[key])
        assert len(bits) == len(flat) == len(kept)
    assert searched > 100


def test_beyond_so_many_vectors_it_is_faiss_that_finds() -> None:
    assert isinstance(index_for(MOST_FOR_BITS, 64), Bits)
    assert isinstance(index_for(MOST_FOR_BITS + 1, 64), Faiss)


def test_without_the_extra_it_is_bits_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantler.live.circles.find_spec", lambda _: None)
    assert isinstance(index_for(MOST_FOR_BITS + 1, 64), Bits)


def test_a_search_of_faiss_is_one_threads_alone() -> None:
    import faiss

    index, rng = Faiss(DIMENSIONS), np.random.default_rng(1)
    for key in range(1000):
        index.add(key, rng.normal(size=DIMENSIONS).astype(np.float32))
    faiss.omp_set_num_threads(2)
    index.search(np.ones(DIMENSIONS, np.float32))
    assert faiss.omp_get_max_threads() == 1
