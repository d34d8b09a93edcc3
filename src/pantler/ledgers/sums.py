"""Sums over the ledger's rows, by what they are grouped by."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

DAY = "date(CAST(time AS INTEGER), 'unixepoch')"  # else SQLite rounds the last half millisecond into the next day
GROUPS = {"day": DAY, "tenant": "tenant", "route": "route", "model": "model"}
EVER, LATER = float("-inf"), float("inf")


class Sums(msgspec.Struct, frozen=True):
    """One group: `group` holds the values that it was grouped by.

    Money is in nano-dollars. `unpriced` counts the requests whose spending is unknown, for they asked a model without a
    price; they are in no sum of money. The two baselines are apart: where the reference model gave the very answer
    and its upstream said what it took, and where its tokens were estimated.
    """

    group: dict[str, str]
    requests: int
    hits: int
    tokens_in: int
    tokens_out: int
    spent: int
    saved_by_cache: int
    saved_by_choice: int
    baseline_measured: int
    baseline_estimated: int
    unpriced: int
    rated: int
    good: float


SELECT = {
    "requests": "count(*)",
    "hits": "sum(tier IN ('hit', 'stale', 'alias', 'semantic'))",
    "tokens_in": "sum(tokens_in)",
    "tokens_out": "sum(tokens_out)",
    "spent": "sum(spent)",
    "saved_by_cache": "sum(saved_by_cache)",
    "saved_by_choice": "sum(saved_by_choice)",
    "baseline_measured": "sum(baseline) FILTER (WHERE baseline_basis = 'measured')",
    "baseline_estimated": "sum(baseline) FILTER (WHERE baseline_basis <> 'measured')",
    "unpriced": "sum(spent IS NULL)",
    "rated": "count(good)",
    "good": "total(good)",
}


def sums(
    connection: sqlite3.Connection, by: Sequence[str] = (), *, since: float = EVER, before: float = LATER
) -> list[Sums]:
    """The sums of each group, in the order of the groups; without `by` one group of all rows, if there are any.

    Of rows from `since` on, and `before` that moment, in seconds since the epoch.
    """
    keys = [GROUPS[name] for name in by]
    columns = [*keys, *(f"coalesce({select}, 0)" for select in SELECT.values())]
    grouped = f" GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}" if keys else ""
    query = (
        f"SELECT {', '.join(columns)} FROM (SELECT rows.*, ratings.good FROM rows"
        f" LEFT JOIN ratings USING (decision) WHERE rows.time >= ? AND rows.time < ?){grouped}"
    )
    found = [_sums(by, row) for row in connection.execute(query, (since, before))]
    return [each for each in found if each.requests]


def spent_by_day(connection: sqlite3.Connection, since: float) -> list[tuple[str, str, int]]:
    """What each tenant has spent on each day, UTC: a day such as "2026-11-25", the tenant, nano-dollars."""
    query = f"SELECT {DAY} AS day, tenant, sum(spent) FROM rows WHERE time >= ? AND spent > 0 GROUP BY day, tenant"
    return connection.execute(query, (since,)).fetchall()


def _sums(by: Sequence[str], row: Sequence[Any]) -> Sums:
    group = dict(zip(by, map(str, row), strict=False))
    return Sums(group, *row[len(by) :])
