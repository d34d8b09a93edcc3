from hypothesis import given
from hypothesis import strategies as st

from pantler.config.values import Tenant
from pantler.gateway.budgets import Budgets, Reservation

BUDGET = 1_000_000_000
DAY = 86_400.0

steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "give back", "next day"]),
        st.integers(0, BUDGET // 3),
        st.integers(0, 1_000_000),
    ),
    max_size=200,
)


@given(steps)
def test_no_interleaving_of_requests_overspends_a_budget(steps: list[tuple[str, int, int]]) -> None:
    now = 0.0
    budgets = Budgets([Tenant("acme", budget_per_day="1", budget_per_month="2.5")], lambda: now)
    waiting: list[tuple[str, Reservation]] = []
    spent: dict[str, int] = {}
    for step, amount, number in steps:
        if step == "next day":
            now += DAY
        elif step == "reserve":
            outcome = budgets.reserve("acme", amount)
            if isinstance(outcome, Reservation):
                waiting.append((f"{now // DAY}", outcome))
        elif waiting:
            day, reservation = waiting.pop(number % len(waiting))
            if step == "give back":
                reservation.settle(0)
            else:
                took = number % (reservation.amount + 1)
                reservation.settle(took)
                spent[day] = spent.get(day, 0) + took
        assert all(sum_of_day <= BUDGET for sum_of_day in spent.values())
        today, this_month = budgets.spent("acme")
        assert today == spent.get(f"{now // DAY}", 0)
        assert this_month <= 2_500_000_000
