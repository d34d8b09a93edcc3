"""What was fitted is kept whole in one file, and refused where it does not fit."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from pantler.appraisers.mean import Mean
from pantler.core.errors import ConfigError
from pantler.embedders.hashing import Hashing
from pantler.fitted import Fitted, read_fitted, write_fitted
from pantler.simulator.fitting.kinds import KINDS, Labelled
from pantler.simulator.fitting.lengths import lengths
from pantler.texts.reading import Reading

READING = Reading(Hashing())


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    rng = np.random.default_rng(0)
    traits = READING.many([f"What is {number} plus {number % 7}?" for number in range(120)])
    known = Labelled(traits, rng.integers(0, 2, (120, 2)).astype(np.float32))
    parts = [kind.fit(known, kind.settings[0]) for kind in KINDS]
    curve = (np.array([-1.0, 1.0], np.float32), np.array([0.2, 0.8], np.float32))
    mean = Mean(parts, np.full(len(parts), 0.25, np.float32), known.rates, [curve, curve])
    tokens = rng.uniform(10.0, 50.0, (120, 2))
    return Fitted(("cheap", "dear"), "hashing", (1e-6, 1e-5), (2e-6, 2e-5), (20.0, 30.0), mean, lengths(traits, tokens))


def test_what_is_read_says_what_was_written(fitted: Fitted, tmp_path: Path) -> None:
    write_fitted(fitted, tmp_path / "it.pantler")
    found = read_fitted(tmp_path / "it.pantler", ["dear"])
    assert (found.models, found.price_out, found.embedder) == (fitted.models, fitted.price_out, "hashing")
    for text in ("What is 3 plus 4?", "Something else", ""):
        traits = READING.one(text)
        np.testing.assert_allclose(found.mean.wrong(traits), fitted.mean.wrong(traits), atol=2e-2)
        assert found.tokens(traits) == pytest.approx(fitted.tokens(traits))


def test_answers_are_as_long_as_the_mean_where_no_length_was_fitted(fitted: Fitted) -> None:
    assert replace(fitted, lengths=None).tokens(READING.one("What?")) == (20.0, 30.0)


def test_other_models_are_refused_with_the_remedy(fitted: Fitted, tmp_path: Path) -> None:
    write_fitted(fitted, tmp_path / "it.pantler")
    with pytest.raises(ConfigError, match="knows nothing of new, only of cheap, dear; fit it again"):
        read_fitted(tmp_path / "it.pantler", ["cheap", "new"])


def test_another_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "old.pantler").write_bytes(msgspec.msgpack.encode({"name": "pantler fitted", "version": 0}))
    with pytest.raises(ConfigError, match="is of version 0, this pantler reads 3; fit it again"):
        read_fitted(tmp_path / "old.pantler")


@pytest.mark.parametrize(
    "kept", [b"", b"no such thing", b"\x81\xa4name", msgspec.msgpack.encode({"name": "another file", "version": 3})]
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "odd.pantler").write_bytes(kept)
    with pytest.raises(ConfigError, match="fit it again"):
        read_fitted(tmp_path / "odd.pantler")


def test_a_file_cut_short_is_never_half_used(fitted: Fitted, tmp_path: Path) -> None:
    write_fitted(fitted, tmp_path / "it.pantler")
    whole = (tmp_path / "it.pantler").read_bytes()
    for length in range(0, len(whole), len(whole) // 40):
        (tmp_path / "cut.pantler").write_bytes(whole[:length])
        with pytest.raises(ConfigError, match="fit it again"):
            read_fitted(tmp_path / "cut.pantler")


def test_a_byte_that_has_flipped_is_noticed_wherever_it_is(fitted: Fitted, tmp_path: Path) -> None:
    write_fitted(fitted, tmp_path / "it.pantler")
    whole = (tmp_path / "it.pantler").read_bytes()
    for place in (*range(40), *range(40, len(whole), len(whole) // 60), len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        (tmp_path / "flipped.pantler").write_bytes(changed)
        with pytest.raises(ConfigError, match="fit it again"):
            read_fitted(tmp_path / "flipped.pantler")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pantler cannot be read"):
        read_fitted(tmp_path / "none.pantler")
