"""The stand-ins against the published cells and against what their options mean."""

import numpy as np
import pytest

from pantler.simulator.reproduce import dataset_report, standins
from pantler.simulator.reproduce.datasets import LAMBADA, OPENASSISTANT, STRATEGIES, Case, DataSet, run
from pantler.simulator.reproduce.published import LAMBADA as PUBLISHED
from pantler.simulator.reproduce.standins import OPT_1_3B, OPT_13B, StandIn, Terms, flops
from pantler.simulator.reproduce.workload import Floats

SEEDS = range(12)
ARTIFACT = Terms(alpha=0.8, penalty=2.0, coin_per_query=False)


def replay(data_set: DataSet, terms: Terms = ARTIFACT, *, accuracy: float = 1.0) -> Floats:
    return run(Case(data_set, data_set.stand_ins[0], terms, accuracy), SEEDS, lambda: None)


@pytest.mark.parametrize("accuracy", [0.8, 1.0])
@pytest.mark.parametrize("alpha", [0.2, 0.8])
def test_lambada_is_within_fifteen_per_cent_of_every_published_cell(alpha: float, accuracy: float) -> None:
    means = replay(LAMBADA, ARTIFACT._replace(alpha=alpha), accuracy=accuracy).mean(axis=0)
    assert means == pytest.approx(PUBLISHED[alpha, accuracy], rel=0.15)


def test_the_four_fold_saving_in_flops_needs_an_unerring_selector() -> None:
    for accuracy, published in ((1.0, 4.36), (0.8, 2.26)):
        means = replay(LAMBADA, accuracy=accuracy).mean(axis=0)
        assert means[0] / means[-1] == pytest.approx(published, rel=0.05)


def test_with_an_erring_selector_the_cascade_beats_it() -> None:
    means = dict(zip((s.name for s in STRATEGIES), replay(LAMBADA, accuracy=0.8).mean(axis=0), strict=True))
    assert means["LEC+cascade"] < means["LEC+sel"]


@pytest.mark.parametrize("data_set", [LAMBADA, OPENASSISTANT], ids=lambda data_set: data_set.name)
def test_the_penalty_moves_the_cascade_but_not_the_large_model(data_set: DataSet) -> None:
    dear, cheap = replay(data_set), replay(data_set, ARTIFACT._replace(penalty=1.0))
    large, cascade = [0, 3], [1, 4]
    assert np.array_equal(dear[:, large], cheap[:, large])
    assert (dear[:, cascade] > cheap[:, cascade]).all()


@pytest.mark.parametrize("data_set", [LAMBADA, OPENASSISTANT], ids=lambda data_set: data_set.name)
def test_an_unerring_selector_does_not_care_who_draws_its_coins(data_set: DataSet) -> None:
    assert np.array_equal(replay(data_set), replay(data_set, ARTIFACT._replace(coin_per_query=True)))


def test_errors_that_stay_with_a_query_cost_as_much_on_average_but_vary_more() -> None:
    per_miss = replay(LAMBADA, accuracy=0.8)[:, -1]
    per_query = replay(LAMBADA, ARTIFACT._replace(coin_per_query=True), accuracy=0.8)[:, -1]
    assert per_query.mean() == pytest.approx(per_miss.mean(), rel=0.15)
    assert per_query.std() > 2 * per_miss.std()


def test_an_always_wrong_selector_online_is_dearer_than_an_always_right_one() -> None:
    assert replay(OPENASSISTANT, accuracy=0.0)[:, -1].min() > replay(OPENASSISTANT)[:, -1].max()


def test_opt_costs_are_ten_to_one() -> None:
    tokens = np.array([83.0])
    assert float(flops(OPT_13B, tokens)[0]) == pytest.approx(2.09e12, rel=0.01)
    assert float((flops(OPT_13B, tokens) / flops(OPT_1_3B, tokens))[0]) == pytest.approx(10.4, abs=0.05)


@pytest.mark.parametrize("stand_in", [standins.LAMBADA, *standins.OPENASSISTANT], ids=lambda stand_in: stand_in.name)
def test_half_of_the_queries_fail_and_every_cost_is_positive(stand_in: StandIn) -> None:
    work = standins.workload(stand_in, 0, ARTIFACT)
    failed = {int(q): bool(fails) for q, fails in zip(work.ids, work.failed, strict=True)}
    assert len(failed) == standins.QUERIES
    assert sum(failed.values()) == standins.QUERIES // 2
    assert min(work.cascade.min(), work.large.min()) > 0.0


def test_a_verdict_says_fit_where_the_level_was_chosen() -> None:
    cells = dataset_report.cells(Case(LAMBADA, LAMBADA.stand_ins[0], ARTIFACT, 1.0), replay(LAMBADA))
    assert cells[0].strategy == "LFU+large"
    assert cells[0].verdict.startswith("fit")
    assert not any(cell.verdict.startswith("fit") for cell in cells[1:])
