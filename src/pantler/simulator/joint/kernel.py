"""Requests in order under one row's cache and multiplexer: the template that is compiled around the row's policy.

What it does is what the engine does with a policy of scores and `multiplexers.learned`, request by request. The names
in capitals are those of one policy here, and are bound to another's when it is compiled.
"""

from math import log2

from pantler.core.decay import arrive_decayed
from pantler.core.survival import HITS, expected
from pantler.simulator.joint.believing import believe, cheapest, describe, saved, worth
from pantler.simulator.joint.standing import advance, counted, keeps, learn, leave, rank, ranked, settle
from pantler.simulator.joint.state import BY_PRICE, BY_SAVED, State, World
from pantler.simulator.kernels.heap import SLOT_MASK

AGES = False
ADMITS_ALL = False
COUNTS_PLAINLY = True
REMEMBERS = True


def run(world: World, state: State) -> None:
    """Serve every request."""
    for i in range(len(world.keys)):
        key = world.keys[i]
        item = state.items[key]
        if not COUNTS_PLAINLY:
            advance(world, state.status[0])
        item.count += 1.0
        state.was_hit[i] = item.resident
        model = hit(world, state, i) if item.resident else miss(world, state, i)
        account(world, state, key, model)
        if world.rated[i]:
            rate(world, state, key, model)


def account(world: World, state: State, key: int, model: int) -> None:
    """Count how wrong a serve is, how far any model's answer would have been, and what nobody could have known."""
    wrong, status = world.wrong[world.questions[key], model], state.status[0]
    least, heard = wrong, 0.0
    for other in range(len(state.believed[0])):
        least = min(least, world.wrong[world.questions[key], other])
        heard += state.labels[key, other, 0]
    status.wrong += wrong
    status.unavoidable += least
    if heard == 0.0:
        status.unheard += wrong - least


def hit(world: World, state: State, i: int) -> int:
    """Serve what is stored, which another model may be asked to replace behind it; the model that is served."""
    key, status = world.keys[i], state.status[0]
    item = state.items[key]
    served = int(item.model)
    status.number += 1
    status.hits += 1
    item.frequency = item.frequency + 1.0 if COUNTS_PLAINLY else arrive_decayed(item.frequency, status.now)
    item.clock = status.clock
    item.touched = status.number
    if world.rule.amortised:
        learn(state, HITS, counted(item, status) - 1.0)
    if world.rule.upgrades:
        for _ in range(len(state.believed[0]) if world.rule.weighs else 1):
            better = revisit(world, state, i)
            if better < 0:
                break
            status.upgrades += 1
            call(world, state, key, better)
            upgrade(world, state, key, better)
    return served


def hits_to_come(world: World, state: State, i: int, frequency: float) -> float:
    """H, of a query that has come so often."""
    return float(world.further[i]) if world.rule.foresees else expected(state.survival, frequency)


def revisit(world: World, state: State, i: int) -> int:
    """The model whose answer would pay for itself in place of the stored one, -1 if none would."""
    item = state.items[world.keys[i]]
    further = world.penalty * hits_to_come(world, state, i, counted(item, state.status[0]))
    if item.upgraded or further * item.wrong <= 0.0:
        return -1
    believe(world, state, world.keys[i])
    best = cheapest(state.believed, further)
    cost = state.believed[0, best] + further * state.believed[1, best]
    return -1 if best == item.model or cost >= further * item.wrong else best


def miss(world: World, state: State, i: int) -> int:
    """Ask a model and offer its answer to the cache; the model."""
    key, status = world.keys[i], state.status[0]
    count = float(state.items[key].count) if REMEMBERS else 1.0
    believe(world, state, key)
    model = cheapest(state.believed, world.penalty)
    if world.rule.amortised:
        hits = hits_to_come(world, state, i, count)
        lasting = cheapest(state.believed, world.penalty * (1.0 + hits))
        if lasting != model and keeps(world, state, key, worth(world, state.believed, lasting)):
            model = lasting
    call(world, state, key, model)
    believe(world, state, key)
    status.number += 1
    offer(world, state, key, model)
    return model


def call(world: World, state: State, key: int, model: int) -> None:
    """Pay for an answer; if its text is known wrong or right, so is it."""
    question, status = world.questions[key], state.status[0]
    price = world.prices[question, model]
    status.price += price
    status.calls += 1
    state.charges[key, model, 0] += 1.0
    state.charges[key, model, 1] += price
    state.items[key].told = True
    text = world.texts[question, model]
    if not world.rule.hears or text < 0:
        return
    for other in range(len(state.believed[0])):
        if state.labels[key, other, 0] > 0.0 and world.texts[question, other] == text:
            mean = state.labels[key, other, 1] / state.labels[key, other, 0]
            state.labels[key, model, 0] += 1.0
            state.labels[key, model, 1] += mean
            return


def offer(world: World, state: State, key: int, model: int) -> None:
    """Take a newcomer in, in place of the least valuable item, or refuse it where admission is strict."""
    item, status = state.items[key], state.status[0]
    describe(world, state, key, model)
    if item.cost <= 0.0:
        return
    if status.residents == world.capacity:
        settle(state)
        if not ADMITS_ALL and state.heap[0].priority >= ranked(state, key, item.cost, status.number):
            return
        if AGES:
            status.clock = state.heap[0].priority
        victim = state.heap[0].tag & SLOT_MASK
        leave(world, state, victim)
    count = float(item.count) if REMEMBERS else 1.0
    item.frequency = count if COUNTS_PLAINLY else status.now + log2(count)
    item.resident = True
    item.upgraded = False
    item.clock = status.clock
    item.touched = status.number
    status.residents += 1
    rank(state, key)


def upgrade(world: World, state: State, key: int, model: int) -> None:
    """Another model's answer takes the place of the stored one, whose count lives on, if it is worth keeping."""
    item, status = state.items[key], state.status[0]
    before, ratings, wrong, cost = item.model, item.ratings, item.wrong, item.cost
    believe(world, state, key)
    describe(world, state, key, model)
    if item.cost <= 0.0:
        item.model, item.ratings, item.wrong, item.cost = before, ratings, wrong, cost
        return
    item.upgraded = model != before
    status.number += 1
    item.touched = status.number
    item.clock = status.clock
    rank(state, key)


def rate(world: World, state: State, key: int, model: int) -> None:
    """Somebody says how wrong the answer was that has just been served."""
    item = state.items[key]
    stored = item.resident and item.model == model
    if stored and item.ratings > 0:
        return
    wrong = world.wrong[world.questions[key], model]
    state.labels[key, model, 0] += 1.0
    state.labels[key, model, 1] += wrong
    item.told = True
    if not stored:
        return
    item.wrong = wrong
    item.ratings = 1
    believe(world, state, key)
    if world.rule.drops and is_hopeless(world, state, wrong):
        leave(world, state, key)
    elif world.rule.ranks == BY_SAVED:
        item.cost = saved(world, state, key)
        rank(state, key)


def is_hopeless(world: World, state: State, wrong: float) -> bool:
    """Whether an answer known to be so wrong is not worth keeping.

    Who ranks by what was paid knows no chances: to it every model promises more that has not been found wrong.
    """
    if world.rule.ranks == BY_PRICE and wrong < 0.5:
        return False
    best = cheapest(state.believed, world.penalty)
    least = state.believed[0, best] + world.penalty * state.believed[1, best]
    return bool(least <= world.penalty * wrong) or not world.rule.hears
