"""The compiled kernel of joint evaluations decides as the engine does with the real parts."""

from dataclasses import replace

import numpy as np
import pytest

from pantler.core.beliefs import Beliefs
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.ranking import Ranking
from pantler.core.seams import Multiplexer
from pantler.core.types import Appraisal, Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.erring import Erring
from pantler.learning.opinions import Opinions
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned
from pantler.multiplexers.online import Online
from pantler.policies.lec import LEC
from pantler.simulator.joint import evaluation
from pantler.simulator.joint.drawing import hits_to_come, hits_while_kept
from pantler.simulator.joint.known import ordered, panelled
from pantler.simulator.joint.lane import Came, Draw, Options, Terms, served
from pantler.simulator.joint.lineup import DROPPING, Contestant
from pantler.simulator.joint.ordered import through_the_engine as through_the_engine_in_order
from pantler.simulator.joint.state import BY_LEAST, BY_SAVED, HITS_KEPT, Rule

KEYS, MODELS, REQUESTS = 60, 3, 4000
TERMS = Terms(penalty=10.0, feedback=0.2, capacity=12)


def options(seed: int) -> Options:
    """Prices of 1, 3 and 9, give or take; two answers that are wrong may say the same."""
    rng = np.random.default_rng(seed)
    chances = rng.beta([3, 2, 1], [3, 5, 6], (KEYS, MODELS))
    wrong = (rng.random((KEYS, MODELS)) < chances).astype(float)
    expected = np.array([1.0, 3.0, 9.0]) * rng.uniform(0.5, 1.5, (KEYS, 1))
    prices = expected * rng.uniform(0.7, 1.3, (KEYS, MODELS))
    texts = np.where(wrong > 0.0, rng.integers(1, 3, (KEYS, MODELS)), 0)
    return Options(prices, wrong, texts, expected, chances)


def draw(seed: int) -> Draw:
    rng = np.random.default_rng(seed)
    keys = np.minimum(rng.zipf(1.3, REQUESTS) - 1, KEYS - 1).astype(np.int64)
    return Draw(keys, rng.random(REQUESTS), np.zeros(REQUESTS), np.arange(KEYS))


class Known:
    """An estimator that was told."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def observe(self, key: int, value: float) -> None:
        """It is not moved."""

    def estimate(self, key: int) -> float:
        return float(self.values[key])

    def count(self, key: int) -> float:
        return 0.0


def through_the_engine(multiplexer: Multiplexer, has: Options, requests: Draw, feedback: float) -> tuple[float, float]:
    """Price and wrong serves."""
    engine = Engine(Cache(Ranking(LEC(), hashed=lambda key: key * 0x9E3779B97F4A7C15), TERMS.capacity), multiplexer)
    queries = [
        Query(key, appraisal=Appraisal(tuple(has.chances[key]), tuple(has.expected[key]))) for key in range(KEYS)
    ]
    price = wrong = 0.0
    for key, chance in zip(requests.keys.tolist(), requests.chances.tolist(), strict=True):
        found = engine.look(queries[key])
        call = found.upgrade if isinstance(found, Serve) else engine.decide(found)
        served_by = found.model if isinstance(found, Serve) else ""
        if call is not None:
            assert isinstance(call, Call)
            (name,) = call.plan.models
            paid = float(has.prices[key, int(name)])
            price += paid
            engine.learn(Outcome(queries[key], name, paid, text=int(has.texts[key, int(name)]) + 1))
            served_by = served_by or name
        wrong += has.wrong[key, int(served_by)]
        if chance < feedback:
            engine.learn(Rating(queries[key], served_by, 1.0 - has.wrong[key, int(served_by)]))
    return price, wrong


@pytest.mark.parametrize("seed", range(3))
def test_the_learned_multiplexer_comes_to_the_same(seed: int) -> None:
    has, requests = options(seed), draw(seed)
    made = Learned([Plan((str(model),)) for model in range(MODELS)], "0", Trust(Weights(error=TERMS.penalty)))
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True)
    came = served("lec", rule, has, requests, TERMS)
    assert came.upgrades > 0
    assert (came.price, came.wrong) == pytest.approx(through_the_engine(made, has, requests, TERMS.feedback))


def weighed_through_the_engine(of: Opinions, has: Options, requests: Draw, feedback: float) -> tuple[float, float, int]:
    """Price, wrong serves and calls of a route whose models are asked beside each other."""
    made = Learned([Plan((str(model),)) for model in range(MODELS)], "0", Trust(Weights(error=TERMS.penalty)))
    made.consult(of)
    engine = Engine(Cache(Ranking(LEC(), hashed=lambda key: key * 0x9E3779B97F4A7C15), TERMS.capacity), made)
    asked = Asked(has, engine)
    wrong = 0.0
    for key, chance in zip(requests.keys.tolist(), requests.chances.tolist(), strict=True):
        found = engine.look(asked.queries[key])
        served_by = asked.hit(key, found) if isinstance(found, Serve) else asked.miss(found)
        wrong += has.wrong[key, int(served_by)]
        if chance < feedback:
            engine.learn(Rating(asked.queries[key], served_by, 1.0 - has.wrong[key, int(served_by)]))
    return asked.price, wrong, asked.calls


class Asked:
    """Models that answer as it was recorded, asked as the live loop asks them."""

    def __init__(self, has: Options, engine: Engine) -> None:
        told = zip(map(tuple, has.chances.tolist()), map(tuple, has.expected.tolist()), strict=True)
        self.queries = [Query(key, appraisal=Appraisal(*each)) for key, each in enumerate(told)]
        self.price, self.calls = 0.0, 0
        self._has, self._engine = has, engine

    def hit(self, key: int, stored: Serve) -> str:
        """What is stored is served, and others are asked beside it."""
        call = stored.upgrade
        while call is not None:
            (name,) = call.plan.models
            charge, text = self._call(key, name)
            self._engine.learn(Outcome(self.queries[key], name, charge, text=text, beside=call.beside))
            item = self._engine.cache.peek(key)
            assert item is not None
            call = self._engine.multiplexer.revisit(item.payload, self._engine.cache.count(item))
        return stored.model

    def miss(self, miss: Miss) -> str:
        """The first is asked, then others as they pay; the best answer is served."""
        call = self._engine.decide(miss)
        (kept,) = (asks,) = call.plan.models
        charges, said = [], {}
        while asks:
            charge, said[asks] = self._call(miss.query.key, asks)
            charges.append((asks, charge))
            order = {kept: said[kept], **{model: text for model, text in said.items() if model != kept}}
            found = self._engine.further(miss.query, list(order.items()), call.serves)
            kept, asks = found.kept, found.asks if call.serves else ""
        total, texts = sum(charge for _, charge in charges), tuple(said[model] for model, _ in charges)
        self._engine.learn(Outcome(miss.query, kept, total, tuple(charges), text=said[kept], texts=texts))
        return kept

    def _call(self, key: int, name: str) -> tuple[float, int]:
        self.calls += 1
        charge = float(self._has.prices[key, int(name)])
        self.price += charge
        return charge, int(self._has.texts[key, int(name)]) + 1


@pytest.mark.parametrize("feedback", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_a_route_that_weighs_what_its_models_said_comes_to_the_same(seed: int, feedback: float) -> None:
    shares, harder = np.array([0.3, 0.4, 0.3]), np.array([-1.2, 0.0, 1.2])
    errs = Erring(np.array([0.8, 1.0, 1.3]), shares, harder, np.array([0.2, 0.4, 0.6]), 10.0)
    has, requests = panelled(options(seed), errs), draw(seed)
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True, weighs=True)
    came = served("lec", rule, has, requests, replace(TERMS, feedback=feedback))
    of = Opinions(errs, [str(model) for model in range(MODELS)], compares=True)
    found = weighed_through_the_engine(of, has, requests, feedback)
    assert (came.price, came.wrong, came.calls) == pytest.approx(found)


@pytest.mark.parametrize("seed", range(2))
def test_a_route_whose_answers_cannot_be_compared_comes_to_the_same(seed: int) -> None:
    silent = replace(options(seed), texts=np.full((KEYS, MODELS), -1))
    shares, harder = np.array([0.5, 0.5]), np.array([-1.0, 1.0])
    errs = Erring(np.array([0.8, 1.0, 1.3]), shares, harder, np.array([0.2, 0.4]), 10.0)
    has, requests = panelled(silent, errs), draw(seed)
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True, weighs=True)
    came = served("lec", rule, has, requests, TERMS)
    of = Opinions(errs, [str(model) for model in range(MODELS)], compares=False)
    found = weighed_through_the_engine(of, has, requests, TERMS.feedback)
    assert (came.price, came.wrong, came.calls) == pytest.approx(found)


@pytest.mark.parametrize("seed", range(3))
def test_the_papers_joint_rule_comes_to_the_same_where_nobody_rates(seed: int) -> None:
    has, requests = options(seed), draw(seed)
    prices = {str(model): Known(has.expected[:, model]) for model in range(MODELS)}
    errors = {str(model): Known(has.chances[:, model]) for model in range(MODELS)}
    terms = Terms(TERMS.penalty, 0.0, TERMS.capacity)
    came = served("lec", Rule(BY_LEAST), has, requests, terms)
    expected = through_the_engine(Online(Beliefs(prices, errors, TERMS.penalty)), has, requests, 0.0)
    assert (came.price, came.wrong) == pytest.approx(expected)


@pytest.mark.parametrize("rule", DROPPING.values(), ids=[name or "keeps" for name in DROPPING])
def test_a_fixed_order_comes_to_the_same(rule: Rule) -> None:
    has, requests = options(5), draw(5)
    order = np.argsort(has.expected + TERMS.penalty * has.chances, axis=1)
    terms = Terms(TERMS.penalty, TERMS.feedback, TERMS.capacity, alike=1.0)
    came = served("lec", rule, ordered(has, order), requests, terms)
    expected = through_the_engine_in_order("lec", rule, ordered(has, order), requests, terms)
    assert (came.price, came.wrong, came.hits) == pytest.approx((expected.price, expected.wrong, expected.hits))
    assert came.was_hit.sum() == came.hits


def test_who_is_told_the_hits_is_told_those_that_he_has_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[np.ndarray] = []

    def noted(policy: str, rule: Rule, of: Options, requests: Draw, terms: Terms) -> Came:
        told.append(requests.further)
        return served(policy, rule, of, requests, terms)

    monkeypatch.setattr(evaluation, "served", noted)
    has, requests = options(3), draw(3)
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True)
    knowing = Contestant("LEC", "lec", "ours", rule._replace(foresees=HITS_KEPT), has)
    evaluation.run(knowing, requests, TERMS)
    untold = served("lec", rule, has, requests, TERMS)
    assert told[1].tolist() == hits_while_kept(requests.keys, untold.was_hit).tolist()
    assert 0.0 < told[1].sum() < hits_to_come(requests.keys, KEYS).sum(), "fewer than requests are to come"


@pytest.mark.parametrize("seed", range(3))
def test_wrong_serves_are_parted_into_what_no_answer_spares_what_nobody_has_said_and_the_rest(seed: int) -> None:
    has, requests = options(seed), draw(seed)
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True)
    least = float(has.wrong.min(axis=1)[requests.keys].sum())
    silent, heard = (served("lec", rule, has, requests, replace(TERMS, feedback=share)) for share in (0.0, 0.2))
    assert silent.unavoidable == heard.unavoidable == least
    assert silent.unheard == silent.wrong - least, "nobody has said anything"
    assert 0.0 < heard.unheard < heard.wrong - least


@pytest.mark.parametrize("seed", range(2))
def test_models_that_err_apart_and_cannot_be_compared_are_chosen_one_by_one(seed: int) -> None:
    silent = replace(options(seed), texts=np.full((KEYS, MODELS), -1))
    apart = Erring(np.zeros(MODELS), np.ones(1), np.zeros(1), np.full(1, 0.5), 10.0)
    rule = Rule(BY_SAVED, amortised=True, drops=True, hears=True, counts_charges=True)
    terms = replace(TERMS, alike=1.0)
    alone = served("lec", rule, silent, draw(seed), terms)
    weighed = served("lec", rule._replace(weighs=True), panelled(silent, apart), draw(seed), terms)
    assert (weighed.price, weighed.wrong, weighed.hits) == pytest.approx((alone.price, alone.wrong, alone.hits))


@pytest.mark.parametrize("feedback", [0.0, 0.2])
def test_to_weigh_what_models_said_spares_true_cost(feedback: float) -> None:
    has, requests, terms = options(4), draw(4), replace(TERMS, feedback=feedback)
    panel = panelled(has, Erring(np.zeros(MODELS), np.ones(1), np.zeros(1), np.full(1, 0.1), 10.0))
    rule = Rule(BY_SAVED, amortised=True, upgrades=True, drops=True, hears=True, counts_charges=True)
    alone, weighed = (served("lec", rule._replace(weighs=it), panel, requests, terms) for it in (False, True))
    assert weighed.price + TERMS.penalty * weighed.wrong < alone.price + TERMS.penalty * alone.wrong
