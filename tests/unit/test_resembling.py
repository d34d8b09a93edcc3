"""A newcomer is learned to err where those known models do that it resembles."""

import msgspec
import numpy as np
import pytest

from pantler.core.packing import as_kept
from pantler.core.types import Appraisal
from pantler.learning.correction import Correction, Roster
from pantler.learning.doubts import FITTED

MODELS = ("verse", "sums", "new")  # the first errs at sums, the second at verse; of the third nothing is known
AT_SUMS, AT_VERSE = Appraisal((0.7, 0.1, 0.3)), Appraisal((0.1, 0.7, 0.3))


def correction(models: tuple[str, ...] = MODELS) -> Correction:
    return Correction(Roster(models, models[0], frozenset({"new"})), FITTED)


def taught(each: Correction, labels: int = 60) -> Correction:
    """The newcomer errs at sums, and never at verse."""
    rng = np.random.default_rng(0)
    for _ in range(labels):
        is_sum = bool(rng.random() < 0.5)
        each.learn("new", AT_SUMS if is_sum else AT_VERSE, float(is_sum))
    return each


def test_it_is_expected_to_err_where_the_model_does_that_it_resembles() -> None:
    each = taught(correction())
    assert each.odds(AT_SUMS)[2] - each.odds(AT_VERSE)[2] > 3.0
    fresh = correction()
    assert fresh.odds(AT_SUMS)[2] == fresh.odds(AT_VERSE)[2]
    assert each.odds(AT_SUMS)[:2] == fresh.odds(AT_SUMS)[:2], "nothing is learned of the others"


def test_it_is_in_doubt_most_where_the_known_models_differ_and_less_the_more_is_heard() -> None:
    few, many = (taught(correction(), labels) for labels in (1, 60))
    same = Appraisal((0.3, 0.3, 0.3))
    assert few.doubtful(AT_SUMS)[2] > few.doubtful(same)[2] > 0.0
    assert many.doubtful(AT_SUMS)[2] < few.doubtful(AT_SUMS)[2]
    assert taught(correction(), 2_000).doubtful(AT_SUMS)[2] == 0.0, "settled"
    assert few.cautious(AT_SUMS)[2] - few.cautious(same)[2] == pytest.approx(
        _chance(few, AT_SUMS) - _chance(few, same), abs=0.05
    ), "caution is of the rate"


def _chance(each: Correction, at: Appraisal) -> float:
    return float(1.0 / (1.0 + np.exp(-each.odds(at)[2])))


def test_beside_a_single_known_model_there_is_only_a_rate_to_learn() -> None:
    each = correction(("verse", "new"))
    for _ in range(30):
        each.learn("new", Appraisal((0.7, 0.3)), 1.0)
    assert each.odds(Appraisal((0.7, 0.3)))[1] == pytest.approx(each.odds(Appraisal((0.1, 0.3)))[1])


def test_what_was_learned_outlives_the_process_and_not_the_models_that_it_was_learned_by() -> None:
    kept = as_kept(taught(correction()).snapshot())
    again, older = correction(), correction()
    again.restore(kept)
    assert again.odds(AT_SUMS) == pytest.approx(taught(correction()).odds(AT_SUMS), abs=1e-3)
    older.restore(kept[:4])
    assert older.odds(AT_SUMS)[2] - older.odds(AT_VERSE)[2] == 0.0, "an older snapshot has the rate only"
    others = correction(("verse", "fourth", "new"))
    others.restore(kept)
    assert others.odds(AT_SUMS)[2] - others.odds(AT_VERSE)[2] == 0.0


def test_what_is_not_as_it_was_written_is_refused() -> None:
    kept = as_kept(taught(correction()).snapshot())
    kept[4] = [["verse", "sums"], {"new": (b"1234", b"")}]
    with pytest.raises(msgspec.ValidationError, match="resemblances"):
        correction().restore(kept)
