"""Budgets that hold: the worst case is reserved before a call, what it took is settled after.

spent + reserved <= budget          at every moment, in each day and month, in integer nano-dollars
"""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Final

from pantler.config.prices import nano_dollars
from pantler.config.values import Tenant
from pantler.gateway.periods import DAY, DAY_SECONDS, MONTH, Period
from pantler.gateway.refusals import Refusal

PERIODS_KEPT: Final = 64  # of each tenant: more than the days of a month


class _Sum:
    """What a tenant has spent in one period, and what is reserved in it."""

    __slots__ = ("reserved", "spent")

    def __init__(self) -> None:
        self.spent = 0
        self.reserved = 0


class _Account:
    """One tenant's budgets and sums."""

    __slots__ = ("_current", "_day", "_sums", "limits")

    def __init__(self, limits: tuple[tuple[Period, int], ...] = ()) -> None:
        self.limits = limits
        self._sums: dict[str, _Sum] = {}
        self._day = -1
        self._current: tuple[_Sum, ...] = ()

    def current(self, now: float) -> tuple[_Sum, ...]:
        """Those of the day and of the month."""
        day = int(now // DAY_SECONDS)
        if day != self._day:
            self._current = self.sum_of(DAY.name(now)), self.sum_of(MONTH.name(now))
            self._day = day
        return self._current

    def sum_of(self, period: str) -> _Sum:
        found = self._sums.get(period)
        if found is None:
            found = self._sums[period] = _Sum()
            self._forget()
        return found

    def _forget(self) -> None:
        while len(self._sums) > PERIODS_KEPT:
            oldest = next(iter(self._sums))
            if self._sums[oldest].reserved:
                return
            del self._sums[oldest]


class Reservation:
    """An amount that is held until it is settled, in the periods in which it was reserved."""

    __slots__ = ("_sums", "amount", "is_open")

    def __init__(self, amount: int, sums: tuple[_Sum, ...]) -> None:
        self.amount = amount
        self.is_open = True
        self._sums = sums
        for each in sums:
            each.reserved += amount

    def settle(self, spent: int) -> None:
        """Charge what it took, in nano-dollars, and give back the rest; once.

        A call that took more than its worst case is charged in full: the ledger tells the truth first.
        """
        assert self.is_open, "a reservation is settled once"
        assert spent >= 0, spent
        self.is_open = False
        for each in self._sums:
            each.reserved -= self.amount
            each.spent += spent


class Budgets:
    """What every tenant may still spend; `clock` gives steady seconds since the epoch."""

    def __init__(self, tenants: Iterable[Tenant], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts = {tenant.name: _Account(_limits(tenant)) for tenant in tenants}

    def reload(self, tenants: Iterable[Tenant]) -> None:
        """Take other budgets; what tenants have spent stays spent."""
        for tenant in tenants:
            self._accounts.setdefault(tenant.name, _Account()).limits = _limits(tenant)

    def restore(self, spent_by_day: Iterable[tuple[str, str, int]]) -> None:
        """Start from the ledger's sums: a day such as "2026-11-25", the tenant, nano-dollars.

        A tenant that is not there may come with a reload, and has spent it all the same.
        """
        for day, tenant, spent in spent_by_day:
            account = self._accounts.setdefault(tenant, _Account())
            account.sum_of(day).spent += spent
            account.sum_of(day[: len("2026-11")]).spent += spent

    def reserve(self, tenant: str, amount: int) -> Reservation | Refusal:
        """Hold `amount` nano-dollars for one request, or say which budget has no room for it."""
        assert amount >= 0, amount
        now = self._clock()
        account = self._accounts[tenant]
        for period, budget in account.limits:
            found = account.sum_of(period.name(now))
            if amount > budget:
                return _never(tenant, period)
            if found.spent + found.reserved + amount > budget:
                return _refusal(tenant, period, found.spent + amount > budget, now)
        return Reservation(amount, account.current(now))

    def spent(self, tenant: str) -> tuple[int, int]:
        """Nano-dollars spent today and this month."""
        now = self._clock()
        account = self._accounts[tenant]
        return account.sum_of(DAY.name(now)).spent, account.sum_of(MONTH.name(now)).spent


def _limits(tenant: Tenant) -> tuple[tuple[Period, int], ...]:
    given = ((DAY, tenant.budget_per_day), (MONTH, tenant.budget_per_month))
    return tuple((period, nano_dollars(budget)) for period, budget in given if budget is not None)


def _refusal(tenant: str, period: Period, is_used_up: bool, now: float) -> Refusal:
    if is_used_up:
        reason = f"the {period.limit} of tenant {tenant!r} has no room for the worst case of this request"
        reason += "; give a smaller max_completion_tokens, or ask again when the next one begins"
        return Refusal(period.limit, ceil(period.ends_in(now)), reason)
    reason = f"the {period.limit} of tenant {tenant!r} is held by requests under way; ask again in a second"
    return Refusal(period.limit, 1, reason)


def _never(tenant: str, period: Period) -> Refusal:
    """The worst case is above the whole budget, whatever was spent of it."""
    reason = f"the worst case of this request is above the whole {period.limit} of tenant {tenant!r}"
    return Refusal(period.limit, None, f"{reason}; give a smaller max_completion_tokens, or send less")
