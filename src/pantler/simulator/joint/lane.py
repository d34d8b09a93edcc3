"""One row over one draw of requests, compiled."""

from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.build import part
from pantler.core.survival import PLACES, ROWS, reckon
from pantler.learning.panel import Panel, heard
from pantler.simulator.joint import asking, kernel
from pantler.simulator.joint.state import ITEM, STATUS, Rule, State, World
from pantler.simulator.kernels.heap import ENTRY
from pantler.simulator.kernels.specialise import specialised

Array = NDArray[np.float64]
WEIGHING = ("believe", "call", "describe", "miss", "revisit", "upgrade")  # what `asking` puts in their places


@dataclass(frozen=True)
class Draw:
    """n requests: each one's key, whether it may be rated (0..1, rated where below the share), the hits to come.

    `questions` says which question each key asks.
    """

    keys: NDArray[np.int64]
    chances: Array
    further: Array
    questions: NDArray[np.int64]


@dataclass(frozen=True)
class Options:
    """What may be asked, (questions, options) each: what comes of it and what is believed of it.

    Models are options, and so is a cascade; `texts` are -1 where nothing can be compared. `panel` is what a rule that
    weighs needs, None where options are not models.
    """

    prices: Array
    wrong: Array
    texts: NDArray[np.int64]
    expected: Array
    chances: Array
    panel: Panel | None = None


@dataclass(frozen=True)
class Terms:
    """What holds for every row: the cost of a wrong serve, the share of serves that is rated, room in answers.

    `alike` is how much one answer of a model tells of its next.
    """

    penalty: float
    feedback: float
    capacity: int
    alike: float = 0.9


@dataclass(frozen=True)
class Came:
    """What a row came to: what was paid, wrong serves, hits, calls, upgrades among them.

    Of the wrong serves so many were `unavoidable`, every option being as wrong; `unheard` others came before anything
    was said of their question's answers. NaN where that was not counted. `was_hit` by request, empty where not
    noted.
    """

    price: float
    wrong: float
    hits: int
    calls: int
    upgrades: int
    unavoidable: float = nan
    unheard: float = nan
    was_hit: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_), compare=False)


def served(policy: str, rule: Rule, options: Options, draw: Draw, terms: Terms) -> Came:
    """Every request of the draw under a policy of scores."""
    score = part("policies", policy)()
    panel = _panel(rule, options)
    state = _state(draw, options.prices.shape[1], terms.capacity, panel)
    world = World(
        keys=draw.keys,
        rated=draw.chances < terms.feedback,
        further=draw.further,
        questions=draw.questions,
        prices=options.prices,
        wrong=options.wrong,
        texts=options.texts,
        expected=options.expected,
        chances=options.chances,
        penalty=terms.penalty,
        strength=(1.0 - terms.alike) / terms.alike,
        capacity=terms.capacity,
        half_life=score.half_life or 0.0,
        rule=rule,
        panel=panel,
    )
    _compiled(score, rule)(world, state)
    status = state.status[0]
    price, wrong, unavoidable, unheard = (float(status[name]) for name in ("price", "wrong", "unavoidable", "unheard"))
    hits, calls, upgrades = (int(status[name]) for name in ("hits", "calls", "upgrades"))
    return Came(price, wrong, hits, calls, upgrades, unavoidable, unheard, state.was_hit)


def _compiled(score: Any, rule: Rule) -> Any:
    names: dict[str, Any] = {
        "priority": score.priority,
        "AGES": score.ages,
        "ADMITS_ALL": score.admits_all,
        "COUNTS_PLAINLY": score.half_life is None,
        "REMEMBERS": score.memory is not None,
    }
    if rule.weighs:
        names |= {name: getattr(asking, name) for name in ("APART", *WEIGHING)}
    return specialised(kernel.run, names)


def _panel(rule: Rule, options: Options) -> Panel:
    """The options' own, one of no models where the rule does not weigh."""
    if rule.weighs and options.panel is not None:
        return options.panel
    none, empty = np.zeros((0, 0, 0)), np.zeros(0)
    return Panel(none, empty, empty, np.zeros((0, 0), np.int64), 2.0, False, none[None], none)


def _state(draw: Draw, options: int, capacity: int, panel: Panel) -> State:
    keys, survival = len(draw.questions), np.zeros((ROWS, PLACES))
    reckon(survival)
    return State(
        items=np.zeros(keys, ITEM),
        heap=np.zeros(4 * capacity + 64, ENTRY),
        was_hit=np.zeros(len(draw.keys), np.bool_),
        labels=np.zeros((keys, options, 2)),
        charges=np.zeros((keys, options, 2)),
        survival=survival,
        believed=np.zeros((2, options)),
        status=np.zeros(1, STATUS),
        heard=heard(keys if len(panel.wrong) else 0, options, len(panel.shares)),
    )
