"""How many calls a route has made of late, and what they took, as the ledger has it."""

import sqlite3

LATE_SECONDS = 6 * 3_600.0  # before the last call; an older one is none of the last hour's
DAY_SECONDS = 86_400.0
CALLS = "route = ?1 AND asked IS NOT NULL AND tier NOT IN ('shadow', 'judge')"  # those beside them are no requests
LAST = f"(SELECT max(time) FROM rows WHERE {CALLS})"
TIMES = f"SELECT time FROM rows WHERE {CALLS} AND model <> '' AND time > {LAST} - ?2 ORDER BY time"
PAID = f"SELECT total(spent) FROM rows WHERE route = ?1 AND time >= CAST({LAST} / ?2 AS INTEGER) * ?2"


def times_of_late(connection: sqlite3.Connection, route: str) -> list[float]:
    """When the last calls came that brought an answer, oldest first, in seconds since the epoch."""
    return [time for (time,) in connection.execute(TIMES, (route, LATE_SECONDS))]


def paid_today(connection: sqlite3.Connection, route: str) -> float:
    """Nano-dollars that the route's calls have taken on the day, UTC, of the last of them."""
    found: float = connection.execute(PAID, (route, DAY_SECONDS)).fetchone()[0]
    return found
