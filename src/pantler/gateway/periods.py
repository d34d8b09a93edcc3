"""The calendar periods, UTC, for which budgets are given."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

DAY_SECONDS = 86_400.0


class Period(NamedTuple):
    """A kind of period: the setting that limits it, what one is called, the seconds until it ends."""

    limit: str
    name: Callable[[float], str]
    ends_in: Callable[[float], float]


def day_of(now: float) -> str:
    """The calendar day, such as "2026-11-25"."""
    return _name(int(now // DAY_SECONDS))


def month_of(now: float) -> str:
    """The calendar month, such as "2026-11"."""
    return day_of(now)[: len("2026-11")]


def until_next_day(now: float) -> float:
    """Seconds until the day ends."""
    return (_midnight(now) + timedelta(days=1)).timestamp() - now


def until_next_month(now: float) -> float:
    """Seconds until the month ends."""
    return (_midnight(now).replace(day=1) + timedelta(days=32)).replace(day=1).timestamp() - now


DAY = Period("budget_per_day", day_of, until_next_day)
MONTH = Period("budget_per_month", month_of, until_next_month)


@lru_cache(16)
def _name(day: int) -> str:
    """Of the day that begins so many days after the epoch; every call asks for today's."""
    return _utc(day * DAY_SECONDS).strftime("%Y-%m-%d")


def _utc(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)


def _midnight(now: float) -> datetime:
    return _utc(now).replace(hour=0, minute=0, second=0, microsecond=0)
