"""One model after another is asked, as long as that pays over the serves to come (`learning.paying`).

After each the better of the answer that is kept and the new one is kept, by the posterior of `panel`. The functions
that have the names of others in `kernel` and `believing` take their places there.
"""

from math import inf

from pantler.core.survival import expected
from pantler.learning.panel import settle, weigh
from pantler.learning.paying import Foreseen, pays, telling
from pantler.simulator.joint.believing import cheapest, leaning, saved, worth
from pantler.simulator.joint.foreseeing import At, foresee
from pantler.simulator.joint.kernel import offer
from pantler.simulator.joint.standing import counted, keeps, rank
from pantler.simulator.joint.state import REQUESTS, State, World

REMEMBERS = True
APART = (
    *("weigh", "listen", "rule_out", "hear_new", "hear_again", "settle", "sum_up", "after_one_more", "suppose"),
    *("foresee", "foresee_one", "pays", "believe", "asks", "asks_anew", "opens", "miss", "revisit", "call", "describe"),
    *("upgrade", "offer", "rank", "keeps", "rate"),
)


def believe(world: World, state: State, key: int) -> None:
    """What is expected of each model for a query, by all that was charged and said before."""
    question, believed, panel = world.questions[key], state.believed, world.panel
    expect_prices(world, state, key)
    texts = weigh(panel, state.heard, state.labels, key, question)
    settle(panel, state.heard, question, texts, believed[1])
    for model in range(len(believed[0])):
        if state.labels[key, model, 0] > 0.0:
            believed[1, model] = state.labels[key, model, 1] / state.labels[key, model, 0]


def expect_prices(world: World, state: State, key: int) -> None:
    """What each model is expected to charge for a query, by what it has charged before."""
    question = world.questions[key]
    for model in range(len(state.believed[0])):
        before = world.expected[question, model]
        state.believed[0, model] = leaning(before, state.charges[key, model], world.strength)


def asks(world: World, state: State, key: int, held: int, serves: float) -> int:
    """The model that it pays to ask beside what is held, -1 for none."""
    of, known = state.heard, held + 1.0
    for model in range(len(of.places)):
        known += 64.0 * (state.labels[key, model, 0] + 1024.0 * of.asked[key, model])
    if of.reckoned[key] != int(known):
        of.reckoned[key] = int(known)
        question = world.questions[key]
        at, out = At(key, question, held), Foreseen(of.gains[key], of.further[key])
        foresee(world.panel, of, state.labels, at, out)
    return pays(state.believed[0], world.penalty * serves, Foreseen(of.gains[key], of.further[key]), held)[0]


def asks_anew(world: World, state: State, key: int, held: int, serves: float) -> int:
    """The same of those that were never asked: who was says the same again, and was passed over as the first."""
    for model in range(len(state.believed[0])):
        if state.heard.asked[key, model]:
            state.believed[0, model] = inf
    found = asks(world, state, key, held, serves)
    expect_prices(world, state, key)
    return found


def opens(world: World, state: State, key: int, serves: float, tells: float) -> int:
    """The first model to ask over so many serves, with what it saves to ask others after it over those they tell of."""
    question, weight, best, least = world.questions[key], world.penalty * serves, -1, 0.0
    for first in range(len(state.believed[0])):
        cost = state.believed[0, first] + weight * state.believed[1, first]
        if len(world.panel.taken) > 0 and not state.items[key].told:
            of = Foreseen(world.panel.taken[question, first], world.panel.further[question, first])
            cost -= pays(state.believed[0], world.penalty * tells, of, first)[1]
        if best < 0 or cost < least:
            best, least = first, cost
    return best


def miss(world: World, state: State, i: int) -> int:
    """Ask models until no further answer pays, offer the best one to the cache; whose it is."""
    key, status = world.keys[i], state.status[0]
    count = float(state.items[key].count) if REMEMBERS else 1.0
    believe(world, state, key)
    hits = world.further[i] if world.rule.foresees else expected(state.survival, count)
    lasting, serves = cheapest(state.believed, world.penalty * (1.0 + hits)), 1.0
    if keeps(world, state, key, worth(world, state.believed, lasting)):
        serves += hits
    tells = serves
    if world.panel.compares:
        tells = telling(serves, 1.0 + world.further[i] if world.rule.foresees == REQUESTS else count)
    model = opens(world, state, key, serves, tells)
    call(world, state, key, model)
    for _ in range(len(state.believed[0])):
        believe(world, state, key)
        other = asks_anew(world, state, key, model, tells)
        if other < 0:
            break
        call(world, state, key, other)
        believe(world, state, key)
        if state.believed[1, other] < state.believed[1, model]:
            model = other
    status.number += 1
    offer(world, state, key, model)
    return model


def revisit(world: World, state: State, i: int) -> int:
    """The model whose answer would pay for itself beside the stored one, -1 if none would."""
    key = world.keys[i]
    item = state.items[key]
    hits = world.further[i] if world.rule.foresees else expected(state.survival, counted(item, state.status[0]))
    if hits * item.wrong <= 0.0:
        return -1
    expect_prices(world, state, key)
    return asks(world, state, key, item.model, hits)


def call(world: World, state: State, key: int, model: int) -> None:
    """Pay for an answer."""
    status, price = state.status[0], world.prices[world.questions[key], model]
    status.price += price
    status.calls += 1
    state.charges[key, model, 0] += 1.0
    state.charges[key, model, 1] += price
    state.heard.asked[key, model] = True
    state.items[key].told = True


def describe(world: World, state: State, key: int, model: int) -> None:
    """Write what is believed of an answer, and what a hit on it saves."""
    item = state.items[key]
    item.model = model
    item.ratings = int(state.labels[key, model, 0] > 0.0)
    item.wrong = state.believed[1, model]
    item.cost = saved(world, state, key)


def upgrade(world: World, state: State, key: int, model: int) -> None:
    """The better of the stored answer and a new one is kept, if it is worth keeping."""
    item, status = state.items[key], state.status[0]
    before, ratings, wrong, cost = item.model, item.ratings, item.wrong, item.cost
    believe(world, state, key)
    describe(world, state, key, model if state.believed[1, model] < state.believed[1, before] else before)
    if item.cost <= 0.0:
        item.model, item.ratings, item.wrong, item.cost = before, ratings, wrong, cost
        return
    status.number += 1
    item.touched = status.number
    item.clock = status.clock
    rank(state, key)
