"""The decisions of a ledger that may be re-scored: what was weighed, what was asked by which chance, what came."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from pantler.core.errors import TraceError, UnknownPart
from pantler.core.rows import RENEWED, Candidate, Row, request_of
from pantler.core.types import NOT_TOLD_APART
from pantler.ledgers import schema
from pantler.ledgers.reading import reading

_COLUMNS = ", ".join(f"rows.{column}" for column in schema.COLUMNS)
SELECT = (
    f"SELECT ratings.good, {_COLUMNS} FROM rows LEFT JOIN ratings USING (decision) WHERE tier IN ('miss', 'shadow'){{}}"
)
NO_PROPENSITIES = "no propensities"
BEHIND_A_HIT = "calls behind a hit, which no client was waiting for"
MOST_MISSING = 0.05  # share of decisions without propensities beyond which what is left is no sample of them
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Logged:
    """One miss: `taken` is the place of the plan that was asked; nano-dollars, seconds, None where nobody has rated.

    `query` is alike for those that ask the same, which tell no more than one; empty where it is not known again.
    """

    decision: str
    reference: str
    tokens_in: int
    candidates: tuple[Candidate, ...]
    taken: int
    price: float
    seconds: float
    wrong: float | None
    query: str = ""


def read_logged(path: Path, route: str = "") -> tuple[list[Logged], list[str]]:
    """Every usable decision of a route, of all where none is named, and what there is to say of them.

    TraceError where propensities are missing or nothing is usable, UnknownPart for a route that the ledger has not.
    """
    with reading(path) as connection:
        notes = of_route(connection, route)
        found_rows = connection.execute(SELECT.format(" AND route = ?" if route else ""), (route,) if route else ())
        rows = [(schema.row(found[1:]), found[0]) for found in found_rows]
    left = Counter[str]()
    found = []
    for row, good in rows:
        logged = _logged(row, good)
        if isinstance(logged, str):
            left[logged] += 1
        else:
            found.append(logged)
    missing = left[NO_PROPENSITIES]
    if missing > MOST_MISSING * len(rows):
        raise TraceError(
            f"{path}: {missing} of {len(rows)} misses have no propensities; "
            "replay a ledger of a route whose multiplexer logs them, such as learned"
        )
    if not found:
        raise TraceError(f"{path}: no miss can be re-scored ({_told(left) or 'there is none'}); name another ledger")
    return found, [*notes, *([f"left out: {_told(left)}"] if left else [])]


def of_route(connection: Connection, route: str) -> list[str]:
    """What there is to say of the routes of a ledger's misses; UnknownPart for one that is none of them."""
    routes = [name for (name,) in connection.execute("SELECT DISTINCT route FROM rows WHERE tier = 'miss' ORDER BY 1")]
    if route and route not in routes:
        raise UnknownPart("route of the ledger", route, routes)
    mixed = len(routes) > 1 and not route
    return [f"routes {', '.join(routes)} are looked at as one; choose with --route"] if mixed else []


def query_of(row: Row) -> str:
    """Its key, alike for those that ask the same; empty where it is not known again."""
    return "" if int(row.key_digest, 16) == NOT_TOLD_APART else row.key_digest


def mean_call(logged: Sequence[Logged]) -> float:
    """Nano-dollars that a decision took, on the mean."""
    return sum(one.price for one in logged) / len(logged)


def _logged(row: Row, good: float | None) -> Logged | str:
    """A row's decision, or why there is none."""
    if row.decision.endswith(RENEWED):
        return BEHIND_A_HIT
    possible = [place for place, each in enumerate(row.candidates) if each.propensity > 0.0]
    if abs(sum(each.propensity for each in row.candidates) - 1.0) > SLACK:
        return NO_PROPENSITIES
    if row.spent is None or any(each.price is None for each in row.candidates):
        return "a price is missing"
    asked = tuple(each.model for each in row.asked)
    taken = [place for place in possible if asked and row.candidates[place].models[: len(asked)] == asked]
    if not row.model or len(taken) != 1:
        return "the plan that was asked cannot be told"
    wrong = None if good is None else 1.0 - float(good)
    return Logged(
        decision=request_of(row.decision),
        reference=row.reference,
        tokens_in=row.tokens_in or row.asked[0].tokens.tokens_in,
        candidates=row.candidates,
        taken=taken[0],
        price=float(row.spent),
        seconds=row.seconds,
        wrong=wrong,
        query=query_of(row),
    )


def _told(left: Counter[str]) -> str:
    return ", ".join(f"{count} misses as {why}" for why, count in left.items())
