"""What is read of a text quickly is what a slow and plain reading finds."""

import re
from itertools import pairwise
from random import Random
from zlib import crc32

import numpy as np
import pytest

from pantler.appraisers.mean import Mean, odds
from pantler.core.traits import Traits
from pantler.embedders.wordllama import TOKENIZER, WordLlama, _file
from pantler.texts.words import PLACES, words

ODD = [chr(code) for code in range(1, 0x180)] + list("  \n\n\t0123456789²½éß中文字हिन्दी😀▁")


def made(count: int, seed: int = 0) -> list[str]:
    """Texts in which words, digits, spaces and signs of all sorts meet."""
    random = Random(seed)
    told = [
        "",
        " ",
        "a ",
        "  b",
        "²².",
        "x²)",
        " ".join(ODD),
        "12.5%,\n\nA. naïve café 北京's",
        "What is 12 + 30? " * 200,
    ]
    return told + ["".join(random.choices(ODD, k=random.randrange(60))) for _ in range(count)]


def test_the_tokens_of_a_text_s_pieces_are_those_of_the_whole_text() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("wordllama")
    whole, embedder = tokenizers.Tokenizer.from_file(str(_file(TOKENIZER))), WordLlama()
    whole.no_truncation()
    for text in made(1_000):
        assert embedder._tokens(text) == whole.encode(text, add_special_tokens=False).ids[:512]


def test_each_word_and_each_pair_falls_on_its_place_once() -> None:
    for text in made(200):
        single = re.findall(r"\w+|[^\w\s]", text.lower())
        found = {crc32(word.encode()) % PLACES for word in [*single, *map(" ".join, pairwise(single))]}
        assert words(text).tolist() == sorted(found)


class Saying:
    """Says the same of every query."""

    def __init__(self, *chances: float) -> None:
        self.chances = np.array(chances, np.float32)

    def wrong(self, traits: Traits) -> np.ndarray:
        return self.chances


def test_a_curve_is_followed_as_by_interpolation_and_held_at_its_ends() -> None:
    at, chances = np.array([-1.0, 0.0, 0.5], np.float32), np.array([0.1, 0.3, 0.9], np.float32)
    traits = Traits(np.zeros(0, np.int64), np.zeros(13, np.float32), np.zeros(256, np.float32))
    for said in (0.01, 0.27, 0.4, 0.5, 0.55, 0.99):
        mean = Mean([Saying(said)], np.ones(1, np.float32), np.full(1, 0.5, np.float32), [(at, chances)])
        expected = np.interp(odds(np.array([said], np.float32)), at, chances)
        np.testing.assert_allclose(mean.wrong(traits), expected, atol=1e-6)
