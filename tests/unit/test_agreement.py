"""What the agreement of two cheap models tells of every model's answer, and the cascades that follow from it."""

import numpy as np
import pytest

from pantler.simulator.evaluation.cascading import Table, cascaded, chosen_plans, compared, direct, followed
from pantler.simulator.evaluation.curve import singles
from pantler.simulator.evaluation.sweeping import area, ladder
from pantler.simulator.fitting.agreement import AGREE, DIFFER, FIRST, NEITHER, SECOND, agreement, states

PRICES = np.array([1.0, 1.2, 1.4, 20.0])
RIGHT = (0.7, 0.7, 0.6, 0.95)


def made(count: int, seed: int = 0) -> Table:
    """Three cheap models that err independently, each wrong answer another, and a dear one."""
    rng = np.random.default_rng(seed)
    scores = (rng.random((count, 4)) < RIGHT).astype(float)
    wrong = rng.integers(0, 1000, (count, 4)).astype(str)
    answers = np.where(scores > 0.0, "right", wrong).astype(object)
    costs = np.broadcast_to(PRICES, (count, 4)).copy()
    before = np.broadcast_to(np.log((1.0 - np.array(RIGHT)) / np.array(RIGHT)), (count, 4)).copy()
    return Table(costs, costs, scores, answers, before)


def test_states_say_who_sides_with_whom() -> None:
    rows = [["a", "a", "b"], ["a", "b", "a"], ["a", "b", "b"], ["a", "b", "c"], ["", "", ""]]
    answers = np.array(rows, dtype=object)
    assert states(answers, (0, 1, -1)).tolist() == [AGREE, DIFFER, DIFFER, DIFFER, DIFFER]
    assert states(answers, (0, 1, 2)).tolist() == [AGREE, FIRST, SECOND, NEITHER, NEITHER]


def test_answers_are_compared_as_the_judge_of_a_route_compares_them() -> None:
    alike = [["Paris.", " paris"], ["1,000", "1000.0"], ["[1, 2]", "[1,2]"], ["The end", "end"], ["[ ]", "[ ]"]]
    other = [["1.5", "15"], ["a b", "ab"], ["[]", "{}"], ["x", ""]]
    assert all(one == two for one, two in compared(np.array(alike, dtype=object)))
    assert not any(one == two for one, two in compared(np.array(other, dtype=object)))
    assert compared(np.array(["", " "], dtype=object)).tolist() == ["", ""], "which is no answer"


def test_an_answer_that_two_models_agree_on_is_believed() -> None:
    table = made(3000)
    found = agreement((0, 1, -1), table.answers, table.odds, 1.0 - table.scores)
    assert found.wrong(AGREE, table.odds)[0, 0] < 0.02
    assert found.wrong(DIFFER, table.odds)[0, 0] == pytest.approx(1.0 - 0.21 / 0.51, abs=0.05)
    assert found.agreeing(table.odds)[0] == pytest.approx(0.49, abs=0.03)


def test_what_a_plan_is_expected_to_cost_is_what_it_costs() -> None:
    train, test = made(4000), made(4000, seed=1)
    plan = agreement((0, 1, 2), train.answers, train.odds, 1.0 - train.scores)
    for price in (5.0, 50.0, 500.0):
        done = followed(plan, test, price)
        realised = done.cost + price * (1.0 - done.score)
        assert done.value.mean() == pytest.approx(realised.mean(), rel=0.06)


def test_cascades_beat_direct_calls_where_agreement_tells_who_is_right() -> None:
    train, test = made(1000), made(1000, seed=1)
    single = singles(test.scores, test.costs)
    prices = ladder(single)
    plans = chosen_plans(train, np.geomspace(1.0, 1000.0, 8))
    assert plans
    assert area(cascaded(plans, test, prices), single) > area(cascaded([], test, prices), single) + 0.05


def test_without_a_price_on_errors_the_cheapest_model_is_asked() -> None:
    assert (direct(made(10), 0.0).cost == 1.0).all()


def test_no_pair_of_cheaper_models_means_no_plans() -> None:
    table = made(50)
    two = Table(*(each[:, 2:] for each in (table.expected, table.costs, table.scores, table.answers, table.odds)))
    assert chosen_plans(two, np.array([10.0])) == []
