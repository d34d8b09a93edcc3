"""A guarantee that a route can have: certified on what was held back, kept by the choice, given up where refuted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from outcomes import written
from pantler.cli import main
from pantler.core.packing import as_kept
from pantler.core.types import Appraisal, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.embedders.hashing import Hashing
from pantler.fitted import read_fitted, write_fitted
from pantler.learning.certifying import Certified, certificate
from pantler.learning.guaranteed import REFERENCE, REFUTED, WITHIN, Guaranteed
from pantler.multiplexers.tabular import Tabular
from pantler.simulator.fitting.guaranteeing import _certified, _hoped, certified, held_back
from pantler.simulator.fitting.whole import Sought, fitted_to
from pantler.texts.reading import Reading
from pantler.traces.outcomes import read_outcomes

CERTIFIED = Certified(0.2, 0.95, "dear", ("cheap", "mid"), 0.3, 200, 20)
MODELS = ("cheap", "mid", "dear")


class _NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False


def tabular() -> Tabular:
    return Tabular([Plan((model,)) for model in MODELS], "dear")


def guaranteed(certificate: Certified = CERTIFIED) -> Guaranteed:
    return Guaranteed(tabular(), certificate, MODELS)


def asked(chooser: Guaranteed, *wrong: float) -> tuple[str, str]:
    appraisal = Appraisal(wrong, (1.0,) * len(wrong)) if wrong else None
    call = chooser.choose(Miss(Query(1, appraisal=appraisal)), _NoRoom())
    return call.plan.models[0], call.reason


def rate(chooser: Guaranteed, model: str, *, wrong: int, right: int) -> None:
    for good in [1.0] * right + [0.0] * wrong:
        chooser.learn(Rating(Query(1), model, good), None)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ((0.1, 0.1, 0.0), ("cheap", WITHIN)),
        ((0.31, 0.3, 0.0), ("mid", WITHIN)),
        ((0.31, 0.31, 0.9), ("dear", REFERENCE)),
        ((), ("dear", REFERENCE)),
    ],
)
def test_below_the_reference_goes_only_what_the_cut_off_lets(wrong: tuple[float, ...], found: tuple[str, str]) -> None:
    assert asked(guaranteed(), *wrong) == found


def test_ratings_that_contradict_the_guarantee_leave_the_reference_model_alone_and_a_restart_remembers() -> None:
    chooser = guaranteed()
    rate(chooser, "cheap", wrong=10, right=40)
    assert asked(chooser, 0.1, 0.1, 0.0)[1] == WITHIN
    rate(chooser, "dear", wrong=50, right=0)
    assert asked(chooser, 0.1, 0.1, 0.0)[1] == WITHIN, "the reference is no part of it"
    rate(chooser, "mid", wrong=20, right=0)
    assert asked(chooser, 0.1, 0.1, 0.0) == ("dear", REFUTED)
    again, other = guaranteed(), guaranteed(Certified(0.25, 0.95, "dear", ("cheap", "mid"), 0.3, 200, 20))
    for each in (again, other):
        each.restore(as_kept(chooser.snapshot()))
    assert (again.is_refuted, other.is_refuted) == (True, False)


def test_five_wrong_answers_in_a_row_refute_a_guarantee_of_one_in_five_at_95_percent_and_four_do_not() -> None:
    chooser = guaranteed()
    rate(chooser, "cheap", wrong=4, right=0)
    assert not chooser.is_refuted, "2^4 < 1 / 0.05"
    rate(chooser, "cheap", wrong=1, right=0)
    assert chooser.is_refuted, "2^5 > 1 / 0.05"


def test_labels_that_err_more_often_than_answers_may_do_not_count() -> None:
    chooser = guaranteed(replace(CERTIFIED, max_wrong=0.05))
    for reliability in (0.9, 0.97):
        chooser.learn(Rating(Query(1), "cheap", 0.0, reliability), None)
    assert chooser.rated == 1


def test_an_answer_counts_once_however_many_it_served() -> None:
    chooser, stored = guaranteed(), Serve(Query(1), "cheap", 1.0)
    chooser.learn(Rating(Query(1), "cheap", 1.0), stored)
    for _ in range(50):
        chooser.learn(Rating(Query(1), "cheap", 1.0), replace(stored, ratings=1))
        chooser.learn(Rating(Query(1), "cheap", 0.0, repeats=True), None)
    assert (chooser.rated, chooser.wrong) == (1, 0)


def test_what_is_refuted_stays_so_whatever_is_said_of_answers_that_were_kept() -> None:
    chooser = guaranteed()
    rate(chooser, "cheap", wrong=20, right=0)
    rate(chooser, "cheap", wrong=0, right=1_000)
    assert asked(chooser, 0.1, 0.1, 0.0) == ("dear", REFUTED)
    again = guaranteed()
    again.restore(as_kept(chooser.snapshot()))
    assert again.is_refuted


def test_what_was_kept_before_anything_was_said_of_being_refuted_is_taken_up() -> None:
    chooser, again = guaranteed(), guaranteed()
    rate(chooser, "cheap", wrong=20, right=0)
    again.restore(as_kept(chooser.snapshot()[:4]))
    assert again.is_refuted


def test_a_guarantee_that_holds_is_refuted_at_most_as_often_as_its_confidence_allows() -> None:
    rng = np.random.default_rng(0)
    refuted = 0
    for _ in range(200):
        chooser = guaranteed()
        for good in rng.random(300) >= CERTIFIED.max_wrong:
            rate(chooser, "cheap", wrong=int(not good), right=int(good))
            if chooser.is_refuted:
                refuted += 1
                break
    assert refuted <= 0.05 * 200 + 2.0 * (200 * 0.05 * 0.95) ** 0.5


def test_what_a_call_cost_is_learned_within() -> None:
    choosing, within = guaranteed(), tabular()
    for each in (choosing, within):
        each.learn(Outcome(Query(1), "cheap", 1.0), None)
    assert as_kept(choosing.snapshot()[0]) == as_kept(within.snapshot()) != as_kept(tabular().snapshot())


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Reading]:
    outcomes = read_outcomes(written(tmp_path_factory.mktemp("data") / "made.parquet", 800))
    parts, reading = held_back(outcomes), Reading(Hashing())
    return fitted_to(parts[0], reading, Sought("hashing", 0.02))[0], parts, reading


def test_all_queries_of_one_text_are_held_back_or_none(tmp_path: Path) -> None:
    outcomes = read_outcomes(written(tmp_path / "made.parquet", 400))
    twice = outcomes.rows(np.repeat(np.arange(200), 2))
    fitted_to, held = held_back(twice)
    assert len(held) == 100
    assert not set(fitted_to.prompts) & set(held.prompts)


def test_a_certificate_counts_what_was_held_back_and_sends_sums_but_no_poems(fitted: Any, tmp_path: Path) -> None:
    found, parts, reading = fitted
    made, tight = certified(found, parts, reading, (0.15, 0.01), 0.95)
    assert (made.reference, made.below) == ("dear", ("cheap",))
    assert made.cutoff is not None
    assert made.cutoff < 0.5
    assert 0 < made.wrong < 0.15 * made.sent
    assert made.sent <= len(parts[1]) == 200
    assert tight.cutoff is None
    assert tight.reason.startswith("not certifiable")
    write_fitted(replace(found, guarantees=(made, tight)), tmp_path / "f")
    kept = read_fitted(tmp_path / "f")
    assert kept.guarantee(0.3, 0.95) == made
    assert kept.guarantee(0.05, 0.95) == tight
    assert kept.guarantee(0.15, 0.99) is None


def test_what_is_certified_is_true_as_often_as_promised_and_more_than_by_tests_at_a_share_each() -> None:
    """Chances are as they are said; 400 draws of 300 held-back queries."""
    rng, broken, found, at_a_share = np.random.default_rng(0), 0, 0, 0
    cutoffs = np.linspace(0.05, 0.6, 12)
    for _ in range(400):
        chances = rng.uniform(0.0, 0.6, 300)
        wrong = rng.random(300) < np.minimum(1.0, 1.1 * chances)
        hoped = [_hoped(chances[:, None], wrong[:, None], float(cutoff)) for cutoff in cutoffs]
        made = _certified(("dear", ("cheap",)), hoped, 0.15, 0.95)
        at_a_share += any(certificate([each.sent], 0.15, 0.05 / len(hoped)).certified for each in hoped)
        if made.cutoff is not None:
            found += 1
            broken += 1.1 * made.cutoff / 2.0 > 0.15  # the mean of what is wrong below it
    assert found > 1.5 * at_a_share > 0
    assert broken <= 0.05 * 400 + 2.0 * (400 * 0.05 * 0.95) ** 0.5


def test_the_verb_says_what_is_certified_and_refuses_it_of_a_log(tmp_path: Path) -> None:
    data = written(tmp_path / "made.parquet", 800)
    fit = ["fit", str(data), "-o", str(tmp_path / "f"), "--embedder", "hashing", "--quiet"]
    run = CliRunner().invoke(main, [*fit, "--guarantee", "0.2", "--guarantee", "0.005"])
    assert run.exit_code == 0, run.output
    assert "at most 20.0% wrong below dear, with confidence 0.95: certified" in run.output
    assert "at most 0.5% wrong below dear: not certifiable" in run.output
    log = tmp_path / "log.jsonl"
    log.write_text('{"model": "a", "prompt": "?", "good": true}\n')
    refused = CliRunner().invoke(main, ["fit", str(log), "-o", str(tmp_path / "g"), "--guarantee", "0.2"])
    assert refused.exit_code == 2
    assert "outcomes of every model" in refused.output


TOML = """
[[models]]
name = "cheap"
base_url = "http://127.0.0.1:9/v1"
price = {{ in = 1, out = 1 }}
[[models]]
name = "dear"
base_url = "http://127.0.0.1:9/v1"
price = {{ in = 10, out = 10 }}
[[routes]]
name = "r"
models = ["cheap", "dear"]
objective = {{ guarantee = {{ max_wrong = {share} }} }}
multiplexer = {{ use = "learned", fitted = "{file}" }}
"""


def test_check_takes_what_is_certified_and_refuses_the_rest_with_the_reason(fitted: Any, tmp_path: Path) -> None:
    found, parts, reading = fitted
    made = certified(found, parts, reading, (0.2, 0.01), 0.95)
    write_fitted(replace(found, guarantees=made), tmp_path / "f")
    file = tmp_path / "pantler.toml"
    for share, said in ((0.2, "can be used"), (0.05, "not certifiable"), (0.001, "but 0.2 with confidence 0.95")):
        file.write_text(TOML.format(share=share, file=tmp_path / "f"))
        run = CliRunner().invoke(main, ["check", str(file)])
        assert said in run.output + str(run.exception)
