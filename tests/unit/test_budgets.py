import asyncio

import pytest

from pantler.config.values import Tenant
from pantler.gateway.books import limited
from pantler.gateway.budgets import Budgets, Reservation
from pantler.gateway.clock import SteadyClock
from pantler.gateway.refusals import Refusal

NOON = 1_795_780_800.0  # 2026-11-27 12:00 UTC
HOUR = 3_600.0
DAY = 24 * HOUR
YEAR = 365 * DAY
DOLLAR = 1_000_000_000


class Clock:
    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def budgets(clock: Clock, **given: str) -> Budgets:
    return Budgets([Tenant("acme", **given)], clock)


def reserved(outcome: Reservation | Refusal) -> Reservation:
    assert isinstance(outcome, Reservation), outcome
    return outcome


def refused(outcome: Reservation | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal)
    return outcome


def test_what_was_reserved_too_much_comes_back_when_it_is_settled() -> None:
    held = budgets(Clock(), budget_per_day="1")
    reserved(held.reserve("acme", DOLLAR)).settle(DOLLAR // 4)
    assert held.spent("acme") == (DOLLAR // 4, DOLLAR // 4)
    reserved(held.reserve("acme", 3 * DOLLAR // 4))
    assert refused(held.reserve("acme", 1)).limit == "budget_per_day"


def test_what_took_nothing_gives_everything_back() -> None:
    held = budgets(Clock(), budget_per_day="1")
    reserved(held.reserve("acme", DOLLAR)).settle(0)
    reserved(held.reserve("acme", DOLLAR)).settle(DOLLAR)
    assert held.spent("acme")[0] == DOLLAR


def test_what_took_more_than_was_held_for_it_is_charged_in_full() -> None:
    held = budgets(Clock(), budget_per_day="1", budget_per_month="3")
    reserved(held.reserve("acme", DOLLAR)).settle(2 * DOLLAR)
    assert held.spent("acme") == (2 * DOLLAR, 2 * DOLLAR)
    assert refused(held.reserve("acme", 1)).limit == "budget_per_day"


def test_a_refusal_says_when_the_period_ends_or_that_requests_under_way_hold_the_rest() -> None:
    held = budgets(Clock(), budget_per_day="1")
    waiting = reserved(held.reserve("acme", DOLLAR))
    assert refused(held.reserve("acme", 1)).retry_after_seconds == 1
    waiting.settle(DOLLAR)
    assert refused(held.reserve("acme", 1)).retry_after_seconds == 12 * HOUR


def test_what_is_above_a_whole_budget_is_not_told_to_come_again() -> None:
    held = budgets(Clock(), budget_per_day="1", budget_per_month="3")
    reserved(held.reserve("acme", DOLLAR))
    never = refused(held.reserve("acme", DOLLAR + 1))
    assert (never.limit, never.retry_after_seconds) == ("budget_per_day", None)
    answer = limited(never)
    assert (answer.fault.status, answer.fault.code, answer.headers) == (400, "above_budget_per_day", ())


def test_a_month_holds_over_its_days() -> None:
    clock = Clock()
    held = budgets(clock, budget_per_day="2", budget_per_month="3")
    reserved(held.reserve("acme", 2 * DOLLAR)).settle(2 * DOLLAR)
    clock.now += DAY
    refusal = refused(held.reserve("acme", 2 * DOLLAR))
    assert (refusal.limit, refusal.retry_after_seconds) == ("budget_per_month", 2.5 * DAY)
    reserved(held.reserve("acme", DOLLAR))


def test_a_new_day_has_a_new_budget_and_a_call_over_midnight_is_charged_to_the_old() -> None:
    clock = Clock()
    held = budgets(clock, budget_per_day="1")
    over_midnight = reserved(held.reserve("acme", DOLLAR))
    clock.now += DAY
    reserved(held.reserve("acme", DOLLAR)).settle(0)
    over_midnight.settle(DOLLAR)
    assert held.spent("acme") == (0, DOLLAR)


def test_the_last_dollar_is_spent_once_by_a_hundred_requests_at_a_time() -> None:
    held = budgets(Clock(), budget_per_day="1")
    worst, took = DOLLAR // 7, DOLLAR // 9
    most = 0

    async def request() -> bool:
        nonlocal most
        outcome = held.reserve("acme", worst)
        await asyncio.sleep(0)
        if isinstance(outcome, Refusal):
            return False
        outcome.settle(took)
        most = max(most, held.spent("acme")[0])
        return True

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(request() for _ in range(100)))

    answered = asyncio.run(all_at_once())
    assert sum(answered) == 7, "as many as the worst case leaves room for"
    assert most == 7 * took <= DOLLAR


def test_a_tenant_without_a_budget_is_counted_too_and_a_reload_holds_it_to_one() -> None:
    held = budgets(Clock())
    reserved(held.reserve("acme", 5 * DOLLAR)).settle(5 * DOLLAR)
    held.reload([Tenant("acme", budget_per_day=5), Tenant("new", budget_per_day="1")])
    assert refused(held.reserve("acme", 1)).limit == "budget_per_day"
    reserved(held.reserve("new", DOLLAR))


def test_a_restart_goes_on_from_the_ledgers_sums() -> None:
    held = budgets(Clock(), budget_per_day="1", budget_per_month="3")
    held.restore([("2026-11-27", "acme", DOLLAR // 2), ("2026-11-03", "acme", 2 * DOLLAR), ("2026-11-27", "gone", 1)])
    assert held.spent("acme") == (DOLLAR // 2, 5 * DOLLAR // 2)
    assert refused(held.reserve("acme", DOLLAR)).limit == "budget_per_day"
    reserved(held.reserve("acme", DOLLAR // 2))


def test_a_tenant_that_comes_with_a_reload_has_spent_what_the_ledger_says() -> None:
    held = budgets(Clock())
    held.restore([("2026-11-26", "new", DOLLAR), ("2026-11-27", "new", DOLLAR // 2)])
    held.reload([Tenant("acme"), Tenant("new", budget_per_day="1", budget_per_month="2")])
    assert held.spent("new") == (DOLLAR // 2, 3 * DOLLAR // 2)
    assert refused(held.reserve("new", DOLLAR)).limit == "budget_per_day"


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEAR, -YEAR, DAY, -DAY])
def test_a_wall_clock_that_jumps_neither_refills_nor_shuts_a_budget(jump: float) -> None:
    wall, monotonic = Clock(NOON), Clock(50.0)
    held = Budgets([Tenant("acme", budget_per_day="1")], SteadyClock(wall, monotonic))
    reserved(held.reserve("acme", DOLLAR // 2)).settle(DOLLAR // 2)
    wall.now += jump
    for _ in range(30):
        wall.now += 10
        monotonic.now += 10
        assert held.spent("acme")[0] == DOLLAR // 2
    wall.now -= jump
    assert refused(held.reserve("acme", DOLLAR)).limit == "budget_per_day"
    reserved(held.reserve("acme", DOLLAR // 2))


def test_a_wall_clock_that_stays_where_it_jumped_to_is_followed_in_the_end() -> None:
    wall, monotonic = Clock(NOON), Clock(0.0)
    steady = SteadyClock(wall, monotonic, patience_seconds=600)
    wall.now += HOUR
    assert steady() == NOON
    wall.now, monotonic.now = wall.now + 599, 599
    assert steady() == NOON + 599
    wall.now, monotonic.now = wall.now + 1, 600
    assert steady() == NOON + HOUR + 600


def test_a_wall_clock_that_is_slewed_is_followed_at_once() -> None:
    wall, monotonic = Clock(NOON), Clock(0.0)
    steady = SteadyClock(wall, monotonic)
    for second in range(1, 100):
        wall.now, monotonic.now = NOON + 1.5 * second, float(second)
        assert steady() == wall.now
