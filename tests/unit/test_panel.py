"""What a question's answers and ratings tell of every model, against an enumeration of all that may be."""

from itertools import product

import numpy as np
import pytest

from pantler.learning.erring import Erring
from pantler.learning.foreseeing import Heards, Kinds
from pantler.learning.foreseeing import foresee as foresee_all_at_once
from pantler.learning.opinions import Opinions, Told
from pantler.learning.panel import UNHEARD, Heard, Panel, heard, settle, weigh
from pantler.learning.paying import Foreseen, pays, spared
from pantler.simulator.fitting.panels import erring
from pantler.simulator.joint.foreseeing import At, foresee

MODELS, NODES, ANSWERS = 3, 2, 5


def panel(texts: list[int], *, compares: bool = True) -> Panel:
    rng = np.random.default_rng(3)
    wrong = rng.uniform(0.1, 0.8, (1, MODELS, NODES))
    none = np.zeros((0, 0, 0))
    shares, lures = np.array([0.4, 0.6]), np.array([0.2, 0.7])
    return Panel(wrong, shares, lures, np.array([texts]), float(ANSWERS), compares, none[None], none)


def worlds(of: Panel) -> list[tuple[float, int, tuple[int, ...]]]:
    """Every chance with what is right and what each model says."""
    found = []
    for node, right, lure in product(range(NODES), range(ANSWERS), range(ANSWERS)):
        if right == lure:
            continue
        for said in product(range(ANSWERS), repeat=MODELS):
            chance = of.shares[node] / ANSWERS / (ANSWERS - 1)
            for model, text in enumerate(said):
                wrong, other = of.wrong[0, model, node], (1.0 - of.lures[node]) / (ANSWERS - 1)
                chance *= 1.0 - wrong if text == right else wrong * (other + of.lures[node] * (text == lure))
            found.append((chance, right, said))
    return found


def asked(*models: int) -> Heard:
    made = heard(1, MODELS, NODES)
    made.asked[0, list(models)] = True
    return made


def told(of: Panel, known: Heard, labels: np.ndarray) -> np.ndarray:
    chances = np.zeros(MODELS)
    settle(of, known, 0, weigh(of, known, labels, 0, 0), chances)
    return chances


@pytest.mark.parametrize("texts", [[0, 0, 0], [0, 0, 1], [0, 1, 2]])
@pytest.mark.parametrize("models", [(), (1,), (0, 1), (0, 1, 2)])
def test_chances_are_those_of_all_worlds_in_which_that_was_said(texts: list[int], models: tuple[int, ...]) -> None:
    of = panel(texts)
    same = [each for each in worlds(of) if all(each[2][model] == texts[model] for model in models)]
    total = sum(chance for chance, _, _ in same)
    expected = [sum(chance for chance, right, said in same if said[model] != right) / total for model in range(MODELS)]
    assert told(of, asked(*models), np.zeros((1, MODELS, 2))) == pytest.approx(expected)


def test_a_text_that_was_said_to_be_wrong_is_ruled_out_whoever_says_it() -> None:
    of, labels = panel([0, 0, 1]), np.zeros((1, MODELS, 2))
    labels[0, 0] = 1.0, 1.0
    same = [each for each in worlds(of) if each[2][:2] == (0, 0) and each[1] != 0]
    total = sum(chance for chance, _, _ in same)
    third = sum(chance for chance, right, said in same if said[2] != right) / total
    assert told(of, asked(0, 1), labels) == pytest.approx([1.0, 1.0, third])


def test_where_nothing_can_be_compared_what_was_said_of_one_model_tells_of_the_others() -> None:
    of, labels = panel([-1, -1, -1], compares=False), np.zeros((1, MODELS, 2))
    labels[0, 0] = 1.0, 1.0
    weights = of.shares * of.wrong[0, 0]
    assert told(of, asked(0), labels)[1:] == pytest.approx(of.wrong[0, 1:] @ weights / weights.sum())


def test_what_is_foreseen_of_one_and_of_two_is_the_mean_over_what_they_may_say() -> None:
    of, known = panel([0, 1, 2]), asked(0)
    out = Foreseen(np.zeros((MODELS, MODELS)), np.zeros(MODELS))
    foresee(of, known, np.zeros((1, MODELS, 2)), At(0, 0, 0), out)
    same = [each for each in worlds(of) if each[2][0] == 0]
    total = sum(chance for chance, _, _ in same)

    def stays(models: tuple[int, ...]) -> float:
        """The mass that stays wrong when the best text is kept, in each of what they may say."""
        whole: dict[tuple[int, ...], float] = {}
        rights: dict[tuple[int, ...], dict[int, float]] = {}
        for chance, right, said in same:
            told_of = (0, *(said[model] for model in models))
            kept = told_of[:2] if told_of[1] == 0 else told_of
            whole[kept] = whole.get(kept, 0.0) + chance
            of_kept = rights.setdefault(kept, {})
            of_kept[right] = of_kept.get(right, 0.0) + chance
        best = sum(max(each.get(text, 0.0) for text in kept) for kept, each in rights.items())
        return (sum(whole.values()) - best) / total

    before = sum(chance for chance, right, _ in same if right != 0) / total
    assert out.gains[1, 1] == pytest.approx(before - stays((1,)))
    assert out.gains[1, 2] == pytest.approx(before - stays((1, 2)))
    assert out.further[1] == pytest.approx(sum(chance for chance, _, said in same if said[1] != 0) / total)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_foreseen_of_all_models_at_once_is_what_is_foreseen_of_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    models, nodes = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    said, none = rng.integers(0, 3, (1, models)), np.zeros((0, 0, 0))
    shares, lures = rng.dirichlet(np.ones(nodes)), rng.uniform(0.05, 0.9, nodes)
    of = Panel(rng.uniform(0.1, 0.9, (1, models, nodes)), shares, lures, said, models + 2.0, True, none[None], none)
    known, labels, some = heard(1, models, nodes), np.zeros((1, models, 2)), rng.permutation(models)
    known.asked[0, some[:2]] = True
    labels[0, some[0]] = 1.0, float(said[0, some[0]] == said[0, some[1]])  # which both may be: wrong where they agree
    held = int(some[1])
    out = Foreseen(np.zeros((models, models)), np.zeros(models))
    foresee(of, known, labels, At(0, 0, held), out)
    chances, texts = known.now.copy(), weigh(of, known, labels, 0, 0)
    mass = known.mass[None, :, : texts + 1, : texts + 1]
    states = Heards(mass, int(known.places[held]), np.array([held]), (known.places != UNHEARD)[None], chances[None])
    found = foresee_all_at_once(Kinds(of.wrong[0], lures, of.answers), states)
    assert found.gains[0] == pytest.approx(out.gains)
    assert found.further[0] == pytest.approx(out.further)


@pytest.mark.parametrize("weight", [3.0, 30.0, 300.0])
def test_what_is_saved_beside_each_first_model_is_what_the_best_of_others_saves(weight: float) -> None:
    rng = np.random.default_rng(0)
    prices, further = rng.uniform(0.1, 2.0, 5), rng.uniform(0.2, 1.0, (5, 5))
    found = Foreseen(rng.uniform(0.0, 0.2, (5, 5, 5)), further)
    best = [pays(prices, weight, Foreseen(found.gains[held], further[held]), held)[1] for held in range(5)]
    assert spared(prices, weight, found) == pytest.approx(best)


def test_what_is_believed_after_agreement_is_doubted_by_as_much_as_it_was_too_hopeful() -> None:
    rng = np.random.default_rng(0)
    chances = rng.uniform(0.1, 0.5, (2000, 3))
    wrong = (rng.random((2000, 3)) < chances).astype(float)
    texts = np.where(wrong > 0.0, np.where(rng.random((2000, 3)) < 0.5, 1, rng.integers(2, 10, (2000, 3))), 0)
    assert erring(chances, wrong, texts).hopeful < 1.15
    assert erring(chances / 2.0, wrong, texts).hopeful > 2.0
    assert erring(chances, wrong, np.full((2000, 3), -1)).hopeful == 1.0, "nobody was heard to agree"


def test_doubt_moves_what_is_believed_of_several_answers_and_of_no_single_one() -> None:
    apart = Erring(np.ones(2), np.ones(1), np.zeros(1), np.full(1, 0.5), 10.0)
    plain, doubting = (Opinions(apart, ("a", "b"), compares=True, doubt=doubt) for doubt in (1.0, 3.0))
    silent, one, both = (Told((0.3, 0.2), texts, ((0.0, 0.0),) * 2) for texts in ({}, {"a": 1}, {"a": 1, "b": 1}))
    assert doubting.chances(silent) == plain.chances(silent)
    assert doubting.chances(one) == plain.chances(one)
    before, after = plain.chances(both)[0], doubting.chances(both)[0]
    assert after / (1.0 - after) == pytest.approx(3.0 * before / (1.0 - before))
    hoped, feared = (each.opening(silent, (1.0, 1.0), 100.0)[0] for each in (plain, doubting))
    assert hoped > feared, "another answer is worth less"


def test_an_answer_that_cannot_be_compared_moves_no_chance_until_something_is_said_of_it() -> None:
    apart = Erring(np.ones(2), np.array([0.4, 0.6]), np.array([1.0, -1.0]), np.full(2, 0.5), 10.0)
    of = Opinions(apart, ("a", "b"), compares=False)
    none, right = ((0.0, 0.0),) * 2, ((1.0, 0.0), (0.0, 0.0))
    silent, one, rated = (Told((0.3, 0.2), *each) for each in (({}, none), ({"a": 1}, none), ({"a": 1}, right)))
    assert of.chances(one) == of.chances(silent) == pytest.approx(of._weighed(one)[0])
    assert of.chances(rated)[1] < of.chances(one)[1], "the question is easier than it looked"


def test_what_was_weighed_last_is_not_told_of_another_question() -> None:
    apart = Erring(np.ones(2), np.ones(1), np.zeros(1), np.full(1, 0.5), 10.0)
    kept = Opinions(apart, ("a", "b"), compares=True)
    silent, said_wrong = ((0.0, 0.0), (0.0, 0.0)), ((1.0, 1.0), (0.0, 0.0))
    one, harder, other = (Told(before, {"a": 1}, silent) for before in ((0.3, 0.2), (0.4, 0.2), (0.3, 0.3)))
    both, rated = one._replace(texts={"a": 1, "b": 1}), one._replace(labels=said_wrong)
    for told in (one, harder, one, other, both, rated, both):
        for _ in range(2):
            assert kept.chances(told) == Opinions(apart, ("a", "b"), compares=True).chances(told)
            kept.beside(len(told.texts), told, "a")


def test_how_models_err_together_is_found_again() -> None:
    rng = np.random.default_rng(0)
    harder, chances = rng.normal(size=(3000, 1)), rng.uniform(0.2, 0.8, (3000, 4))
    odds = np.log(chances / (1.0 - chances)) * np.sqrt(1.0 + 4.0 / 2.9) + 2.0 * harder
    wrong = (rng.random((3000, 4)) < 1.0 / (1.0 + np.exp(-odds))).astype(float)
    lured = rng.random((3000, 4)) < 0.5
    texts = np.where(wrong > 0.0, np.where(lured, 1, rng.integers(2, 10, (3000, 4))), 0)
    found = erring(chances, wrong, texts)
    assert found.spreads == pytest.approx(np.full(4, 2.0), rel=0.2)
    assert found.lures @ found.shares == pytest.approx(0.5, abs=0.1)
    apart = erring(chances, (rng.random((3000, 4)) < chances).astype(float), np.full((3000, 4), -1))
    assert (apart.spreads < 0.6).all(), "models that err apart are taken to do so"
