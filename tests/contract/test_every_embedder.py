"""What every embedder owes an index, whatever it makes of a text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoder import real_encoder
from pantler.build import names, part
from pantler.core.errors import ConfigError, MissingExtra

TEXTS = ["What is the capital of France?", "Sort a list in Python", "", "naïve café 北京", "x" * 20_000]


@pytest.fixture(params=names("embedders"), scope="module")
def embedder(request: pytest.FixtureRequest) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pantler.embedders.minilm.usual_path", lambda: Path(real_encoder() or "nowhere"))
        made = part("embedders", request.param)()
    try:
        made.embed(["a"])
    except (ConfigError, MissingExtra) as error:
        pytest.skip(str(error))
    return made


def test_a_text_becomes_one_row_of_length_one_and_nothing_the_zero_row(embedder: Any) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    expected = [1.0 if text else 0.0 for text in TEXTS]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), expected, atol=1e-5)


def test_a_text_has_the_same_vector_whatever_stands_beside_it(embedder: Any) -> None:
    together = embedder.embed(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(embedder.embed([text])[0], vector, atol=1e-6)


def test_a_rewording_is_nearer_than_another_question(embedder: Any) -> None:
    asked, reworded, other = embedder.embed(
        ["How do I reset my password?", "How can I reset my password?", "Which planet is the largest?"]
    )
    assert asked @ reworded > asked @ other


def test_no_texts_make_no_rows(embedder: Any) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)
