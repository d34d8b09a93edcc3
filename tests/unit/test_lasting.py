"""Hit-amortised choice over multiplexers that do not weigh hits themselves: every route with an error weight has it."""

from random import Random

import pytest
from msgspec.structs import replace

from pantler import build
from pantler.config.values import Choice, Config, Model, Objective, Prices, Route
from pantler.core.cache import Cache
from pantler.core.cost import Weights
from pantler.core.engine import Engine
from pantler.core.item import Item
from pantler.core.packing import as_kept
from pantler.core.ranking import Ranking
from pantler.core.rows import Candidate
from pantler.core.seams import Prospects
from pantler.core.steady import Steady
from pantler.core.types import Call, Miss, Outcome, Plan, Query, Rating, Serve
from pantler.learning.lasting import FEW, OVER_HITS, UPGRADE, Lasting
from pantler.multiplexers.by_route import ByRoute
from pantler.multiplexers.tabular import BY_ROUTE
from pantler.policies.gdsf import GDSF

CHARGES = {"cheap": 1.0e4, "dear": 2.0e5}
RIGHT = {"cheap": 0.97, "dear": 0.999}
ROUTE = Route("r", ("cheap", "dear"), objective=Objective(error_weight=0.003))
MODELS = tuple(Model(name, provider="scripted", price=Prices("1", "1")) for name in CHARGES)


def chooser(**choice: object) -> ByRoute:
    each = replace(ROUTE, multiplexer=replace(Choice(), **choice))
    made = build.multiplexer(Config(models=MODELS, routes=(each,)))
    assert isinstance(made, ByRoute)
    return made


def answered(engine: Engine, query: Query, call: Call) -> None:
    model = call.plan.models[-1]
    engine.learn(Outcome(query, model, CHARGES[model], plan=call.plan))


def asked(engine: Engine, key: int) -> Serve | Call:
    """What is decided for a query; what is to be called is answered."""
    query = Query(key, route="r")
    found = engine.look(query)
    call = engine.decide(found) if isinstance(found, Miss) else found.upgrade
    if call is None:
        assert isinstance(found, Serve)
        return found
    answered(engine, query, call)
    return call


def trained(made: ByRoute) -> Engine:
    """A route on which many queries have come once each, for either model, and were rated."""
    engine, rng = Engine(Cache(Ranking(GDSF()), 5_000), made), Random(1)
    for key in range(800):
        query, model = Query(key, route="r"), ("cheap", "dear")[key % 2]
        engine.look(query)
        engine.learn(Outcome(query, model, CHARGES[model]))
        engine.learn(Rating(query, model, float(rng.random() < RIGHT[model])))
    return engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    return trained(chooser())


def times(engine: Engine, key: int, number: int) -> list[Serve | Call]:
    return [asked(engine, key) for _ in range(number)]


def _item(engine: Engine, key: int) -> Item:
    item = engine.cache.peek(key)
    assert item is not None
    return item


def test_a_cheap_answer_that_turns_out_popular_is_asked_of_the_dear_model_once_where_nobody_said_which_rule(
    engine: Engine,
) -> None:
    found = times(engine, 10_001, 200)
    calls = [each for each in found if isinstance(each, Call)]
    assert [call.plan.models for call in calls] == [("cheap",), ("dear",)]
    assert calls[1].reason == UPGRADE
    assert calls[1].hits is not None
    assert calls[1].hits > 1.0
    last = found[-1]
    assert isinstance(last, Serve)
    assert last.model == "dear"


def test_a_query_known_to_come_often_is_asked_of_the_dear_model_at_once(engine: Engine) -> None:
    call = engine.multiplexer.choose(Miss(Query(10_002, route="r"), 50.0), engine.cache)
    assert (call.plan.models, call.reason) == (("dear",), OVER_HITS)
    assert sum(each.propensity for each in call.candidates) == 1.0
    rare = engine.multiplexer.choose(Miss(Query(10_002, route="r"), 1.0), engine.cache)
    assert (rare.plan.models, rare.hits) == (("cheap",), 0.0)


def test_what_an_answer_saves_is_less_the_more_it_is_doubted_and_most_once_it_is_known_right(engine: Engine) -> None:
    asked(engine, 10_003)
    costs = [_item(engine, 10_003).cost]
    engine.learn(Rating(Query(10_003, route="r"), "cheap", 1.0))
    item = _item(engine, 10_003)
    costs.append(item.cost)
    assert costs[0] < costs[1]
    engine.learn(Rating(Query(10_003, route="r"), "cheap", 0.0))
    assert engine.cache.peek(10_003) is None, "what is known to be wrong is not kept"
    assert engine.multiplexer.revisit(item.payload, 500.0) is None, "nor is it asked anew"


def test_it_can_be_turned_off(engine: Engine) -> None:
    assert chooser(amortise=False).revisits is False
    assert chooser(use="learned", embedder="hashing", amortise=False).revisits is False
    assert chooser().revisits
    assert engine.multiplexer.revisits


def lasting(made: ByRoute) -> Lasting:
    each = made.routes["r"]
    assert isinstance(each, Lasting)
    return each


class Plain(Steady):
    """Would ask the cheap model, whose answers are wrong too often for one that serves fifty times."""

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        weighed = (Candidate(("cheap",), 1.0, None, 0.1, 1.0), Candidate(("dear",), 20.0, None, 0.0, 0.0))
        return Call(Plan(("cheap",)), 11.0, candidates=weighed)

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return None

    def revalue(self, stored: Serve) -> float:
        return 0.0


class Room:
    def __init__(self, *, keeps: bool) -> None:
        self.says = keeps

    def keeps(self, query: Query, saved: float) -> bool:
        return self.says


def over_many(labels: int, *, keeps: bool) -> tuple[str, ...]:
    """Who is asked for a query known to come often, so many answers of the dear model having been rated."""
    each = Lasting(Plain(), Weights(error=100.0))
    for key in range(labels):
        each.learn(Rating(Query(key), "dear", 1.0), None)
    return each.choose(Miss(Query(0), 50.0), Room(keeps=keeps)).plan.models


def test_another_model_is_asked_over_the_hits_only_once_enough_of_its_answers_were_rated() -> None:
    assert over_many(0, keeps=True) == over_many(FEW - 1, keeps=True) == ("cheap",)
    assert over_many(FEW, keeps=True) == ("dear",)


def test_another_model_is_not_asked_over_the_hits_of_an_answer_that_would_not_be_kept() -> None:
    assert over_many(FEW, keeps=False) == ("cheap",)


class Drawn(Steady):
    """Would ask the cheap model, as a draw has it that is as likely to have `other` tried."""

    def __init__(self, other: str) -> None:
        self.other = other

    def choose(self, miss: Miss, prospects: Prospects) -> Call:
        wrong = {"cheap": 0.1, "dear": 0.0, "mid": 0.3}
        weighed = [
            Candidate((name,), 1.0, None, each, 0.5 * (name in ("cheap", self.other))) for name, each in wrong.items()
        ]
        return Call(Plan(("cheap",)), 11.0, 0.5, candidates=tuple(weighed))

    def learn(self, event: Outcome | Rating, stored: Serve | None) -> Serve | None:
        return None

    def revalue(self, stored: Serve) -> float:
        return 0.0


@pytest.mark.parametrize(("other", "model"), [("mid", "dear"), ("dear", "cheap")])
def test_who_is_asked_over_the_hits_has_the_chance_of_whom_it_was_asked_for_and_was_not_to_be_tried(
    other: str, model: str
) -> None:
    each = Lasting(Drawn(other), Weights(error=100.0))
    each.labels.update({"cheap": FEW, "dear": FEW})
    call = each.choose(Miss(Query(0), 50.0), Room(keeps=True))
    assert (call.plan.models, call.propensity) == ((model,), 0.5)
    assert {name: each.propensity for each in call.candidates for name in each.models if each.propensity} == {
        model: 0.5,
        other: 0.5,
    }


def test_further_words_on_one_stored_answer_do_not_make_its_model_known() -> None:
    engine, query = Engine(Cache(Ranking(GDSF()), 5_000), chooser()), Query(1, route="r")
    assert isinstance(engine.multiplexer, ByRoute)
    engine.look(query)
    engine.learn(Outcome(query, "dear", CHARGES["dear"]))
    for _ in range(10):
        engine.learn(Rating(query, "dear", 1.0))
    assert lasting(engine.multiplexer).labels["dear"] == 1


def test_what_is_known_of_hits_survives_a_restart(engine: Engine) -> None:
    again = chooser()
    assert isinstance(engine.multiplexer, ByRoute)
    again.restore(as_kept(engine.multiplexer.snapshot()))
    call = again.choose(Miss(Query(10_002, route="r"), 50.0), engine.cache)
    assert (call.plan.models, call.reason) == (("dear",), OVER_HITS)


@pytest.mark.parametrize("use", ["single", "cascade", "tabular"])
def test_every_plain_rule_tells_the_hits_it_expects(use: str) -> None:
    models = ("cheap",) if use == "single" else ("cheap", "dear")
    each = replace(ROUTE, models=models, multiplexer=Choice(use))
    multiplexer = build.multiplexer(Config(models=MODELS, routes=(each,)))
    call = multiplexer.choose(Miss(Query(1, route="r"), 4.0), Cache(Ranking(GDSF()), 10))
    assert call.hits == 3.0


def learned(made: ByRoute) -> ByRoute:
    """After forty rated answers of either model."""
    for key in range(80):
        query, model = Query(key, route="r"), ("cheap", "dear")[key % 2]
        made.learn(Outcome(query, model, CHARGES[model], wrong=0.0), None)
    return made


def reason(made: ByRoute) -> str:
    return made.choose(Miss(Query(999, route="r")), Room(keeps=False)).reason


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False), (True, True), (False, False)])
def test_what_a_rule_has_learned_stays_where_hits_are_weighed_from_now_on_or_no_longer(
    *, before: bool, after: bool
) -> None:
    again = chooser(amortise=after)
    assert "fewer than" in reason(again)
    again.restore(as_kept(learned(chooser(amortise=before)).snapshot()))
    assert reason(again) == BY_ROUTE


def test_an_error_weight_that_is_switched_on_loses_nothing_of_what_calls_have_charged() -> None:
    plain = replace(ROUTE, objective=Objective())
    old = build.multiplexer(Config(models=MODELS, routes=(plain,)))
    assert isinstance(old, ByRoute)
    again = chooser()
    again.restore(as_kept(learned(old).snapshot()))
    prices = {
        each.models: each.price for each in again.choose(Miss(Query(999, route="r")), Room(keeps=False)).candidates
    }
    assert prices == pytest.approx({(model,): price for model, price in CHARGES.items()})


def test_what_is_dropped_of_what_was_learned_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    kept = as_kept(learned(chooser()).snapshot())
    chooser().restore(kept)
    assert not caplog.messages
    chooser(amortise=False).restore(kept)
    chooser(use="online").restore(kept)
    assert caplog.messages == [
        "route r: what was learned by Lasting is dropped, as another rule chooses now",
        "route r: what was learned by Lasting and Tabular is dropped, as another rule chooses now",
    ]
