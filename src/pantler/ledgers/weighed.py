"""The plans that were weighed for the last requests of a route, as the ledger has them."""

import sqlite3
from collections.abc import Sequence

import msgspec

from pantler.core.rows import Candidate

SELECT = (
    "SELECT time, candidates FROM rows WHERE route = ? AND multiplexer LIKE ? AND candidates IS NOT NULL "
    "AND tier NOT IN ('shadow', 'judge') "
    "ORDER BY number DESC LIMIT ?"
)
_decode = msgspec.json.Decoder(tuple[Candidate, ...]).decode

Weighed = tuple[float, tuple[float, ...], tuple[float, ...]]  # time, prices, chances of a wrong answer


def weighed(connection: sqlite3.Connection, route: str, models: Sequence[str], most: int) -> list[Weighed]:
    """Of the direct calls of all these models, oldest first; requests for which one of them is missing are left out."""
    found = []
    for time, text in connection.execute(SELECT, (route, "learned %", most)):
        direct = {each.models[0]: each for each in _decode(text) if len(each.models) == 1 and each.price is not None}
        if all(model in direct for model in models):
            each = [direct[model] for model in models]
            found.append((time, tuple(one.price or 0.0 for one in each), tuple(one.wrong for one in each)))
    return found[::-1]
