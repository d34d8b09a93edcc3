"""What is noticed of a model that has changed, in either direction, and how it is asked again."""

import logging
from pathlib import Path
from random import Random

import pytest

from house import house
from pantler.config.values import Choice, Model, Objective, Prices, Route
from pantler.core.cost import Weights
from pantler.core.plans import direct
from pantler.core.types import Appraisal, Miss, Outcome, Query
from pantler.learning.charges import Charges
from pantler.learning.correction import Correction, Roster
from pantler.learning.exploring import Exploring
from pantler.learning.notices import CHEAPER, DEARER, DEGRADED, IMPROVED, Notice
from pantler.learning.prices import Ratios
from pantler.learning.threads import Loyalty, Threads
from pantler.learning.trust import Trust
from pantler.multiplexers.learned import Learned

MODELS = ("cheap", "middle", "dear")
PRICES = (10.0, 30.0, 200.0)
CHANCES = (0.3, 0.1, 0.02)
WEIGHTS = Weights(error=500.0)


class NoRoom:
    def keeps(self, query: Query, saved: float) -> bool:
        return False


class Route3:
    """A learned route whose middle model is the best to ask: 160, 80 and 210 in all."""

    def __init__(self) -> None:
        inner = Learned(direct(MODELS), "dear", Trust(WEIGHTS))
        self.each = Exploring(inner, Correction(Roster(MODELS, "dear")), WEIGHTS)
        self.rng = Random(1)
        self.number = 0
        self.told: list[Notice] = []
        self.each.notices.tell = self.told.append

    def asked(self, times: int, *, factor: float = 1.0, wrong: float = 0.1) -> list[str]:
        """Who is asked while the middle model charges so many times its price and errs so often."""
        found = []
        for _ in range(times):
            self.number += 1
            query = Query(self.number, appraisal=Appraisal(CHANCES, PRICES))
            (model,) = self.each.choose(Miss(query), NoRoom()).plan.models
            at = MODELS.index(model)
            price = PRICES[at] * self.rng.uniform(0.5, 1.5) * (factor if model == "middle" else 1.0)
            chance = wrong if model == "middle" else CHANCES[at]
            self.each.learn(Outcome(query, model, price, wrong=float(self.rng.random() < chance)), None)
            found.append(model)
        return found

    def changes(self) -> list[tuple[str, str]]:
        return [(notice.model, notice.change) for notice in self.told]


def test_a_model_that_became_dearer_is_left_and_taken_again_once_it_is_as_cheap_as_before() -> None:
    route = Route3()
    assert route.asked(300).count("middle") >= 290
    assert route.told == []
    dearer = route.asked(300, factor=10.0)
    assert dearer[30:].count("middle") < 20
    assert route.changes() == [("middle", DEARER)]
    assert route.told[0].factor > 2.0
    back = route.asked(1_500)
    assert back[-200:].count("middle") >= 190
    assert 0 < back.index("middle") <= 250


def test_prices_of_models_that_are_not_asked_are_tried_seldom() -> None:
    route = Route3()
    route.asked(600)
    found = route.asked(3_000)
    assert 0 < len(found) - found.count("middle") <= 60


def test_a_model_that_became_cheaper_is_noticed_while_it_is_asked() -> None:
    route = Route3()
    route.asked(200)
    route.asked(60, factor=0.1)
    assert ("middle", CHEAPER) in route.changes()


@pytest.mark.parametrize(
    ("factor", "changes"), [(1.09, []), (0.91, []), (1.11, [DEARER]), (0.89, [CHEAPER]), (None, [])]
)
def test_a_price_that_has_hardly_changed_is_no_news(factor: float | None, changes: list[str]) -> None:
    ratios = Ratios()
    ratios.paid = lambda *_: factor  # type: ignore[method-assign]
    charges = Charges(MODELS, Threads(Loyalty()), ratios)
    found = charges.paid(Appraisal(CHANCES, PRICES), [("middle", 30.0)])
    assert [notice.change for notice in found] == changes


def test_a_model_that_became_worse_is_noticed_as_degraded_and_one_that_became_better_as_improved() -> None:
    route = Route3()
    route.asked(300)
    route.asked(60, wrong=0.9)
    assert route.changes() == [("middle", DEGRADED)]
    found = Correction(Roster(("cheap", "dear"), "dear"))
    sides = [found.learn("cheap", Appraisal((0.9, 0.1)), 0.0) for _ in range(20)]
    assert -1 in sides
    assert IMPROVED not in {change for _, change in route.changes()}


def test_a_change_is_a_line_of_the_log_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    models = tuple(Model(name, provider="scripted", price=Prices("1", "1")) for name in ("cheap", "dear"))
    each = Route(
        "r", ("cheap", "dear"), objective=Objective(0.0, 0.002), multiplexer=Choice("learned", embedder="hashing")
    )
    gateway = house(tmp_path, opened=True, models=models, routes=(each,))
    learning = gateway.keeping.engine.multiplexer.routes["r"]  # type: ignore[attr-defined]
    with caplog.at_level(logging.WARNING, "pantler.routes"):
        learning.notices.note(Notice("cheap", DEARER, 4.21))
        learning.notices.note(Notice("cheap", CHEAPER, 0.404))
    assert caplog.messages == [
        "route r: the model cheap charges 4.2 times what its calls have charged before",
        "route r: the model cheap charges 40 % of what its calls have charged before",
    ]
    told = gateway.serving.metrics.text()
    assert b"pantler_calibration_error{" not in told, "before there are labels"
    assert b'pantler_model_changes_total{change="dearer",model="cheap",route="r"} 1.0' in told


def test_how_well_chances_hold_is_told_once_there_are_labels(tmp_path: Path) -> None:
    models = tuple(Model(name, provider="scripted", price=Prices("1", "1")) for name in ("cheap", "dear"))
    choice = Choice("learned", embedder="hashing")
    each = Route("r", ("cheap", "dear"), objective=Objective(0.0, 0.002), multiplexer=choice)
    gateway = house(tmp_path, opened=True, models=models, routes=(each,))
    learning = gateway.keeping.engine.multiplexer.routes["r"]  # type: ignore[attr-defined]
    for number in range(200):
        learning.correction.rolling.note(0, (0.0, 0.5, float(number % 10 == 0)), 0.0)
    line = next(
        each
        for each in gateway.serving.metrics.text().decode().splitlines()
        if each.startswith("pantler_calibration_error{")
    )
    assert 0.3 < float(line.split()[-1]) < 0.4
