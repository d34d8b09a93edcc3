"""Every sum of the ledger computed again from its rows: tokens times prices, to the nano-dollar.

spent    = sum of money(price, tokens) over the models asked
baseline = baseline(reference price, tokens in, tokens out, ratio)
baseline - spent = saved by cache + saved by choice

What no product tells, for it rounds or lacks a price, the checksum of the row does.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from pantler.core.cost import Tokens, money
from pantler.core.rows import Row
from pantler.core.savings import ESTIMATED, MEASURED, likely_tokens
from pantler.ledgers import schema
from pantler.ledgers.sums import EVER, LATER, Sums, sums

MONEY = ("spent", "saved_by_cache", "saved_by_choice", "baseline_measured", "baseline_estimated")


class Offence(msgspec.Struct, frozen=True):
    """A row, or a group's sum, that does not agree with its parts."""

    where: str
    what: str


class Audit(msgspec.Struct, frozen=True):
    """How many rows were computed again, and what did not agree."""

    rows: int
    offences: list[Offence]


def audit(
    connection: sqlite3.Connection, by: Sequence[str] = (), *, since: float = EVER, before: float = LATER
) -> Audit:
    """Check every row of the span, as `sums` has it, and the sums of every group against those of its rows."""
    offences: list[Offence] = []
    again: dict[tuple[str, ...], Counter[str]] = {}
    count = 0
    query = f"SELECT {schema.SELECT}, checksum FROM rows WHERE time >= ? AND time < ? ORDER BY number"
    for *found, checksum in connection.execute(query, (since, before)):
        count += 1
        try:
            row = schema.row(found)
            offences += [Offence(row.decision, what) for what in (*faults(row), *_changed(found, checksum))]
            _add(again.setdefault(_group(row, by), Counter()), row)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            offences.append(Offence(str(found[0]), f"cannot be read: {error}"))
    for each in sums(connection, by, since=since, before=before):
        offences += _compared(each, again.get(tuple(each.group.values()), Counter()))
    return Audit(count, offences)


def faults(row: Row) -> Iterator[str]:
    """What in a row does not follow from its tokens and prices."""
    for each in row.asked:
        right = None if each.price is None else money(each.price, each.tokens)
        if each.spent != right:
            yield f"{each.model} spent {each.spent}, but its tokens at its price come to {right}"
    spent = _spent(row)
    if row.spent != spent:
        yield f"spent is {row.spent}, but the models asked come to {spent}"
    yield from _misplaced(row)
    base = _baseline(row)
    if row.baseline != base:
        yield f"baseline is {row.baseline}, but the reference model's price comes to {base}"
    saved = None if base is None or spent is None else base - spent
    parts = (row.saved_by_cache, row.saved_by_choice)
    given = None if None in parts else sum(part or 0 for part in parts)
    if given != saved:
        yield f"saved by cache and by choice are {given}, but baseline less spent is {saved}"


def _misplaced(row: Row) -> Iterator[str]:
    """What in a row speaks against the kind of its baseline."""
    is_its_own = row.model == row.reference
    is_measured = is_its_own and not row.estimated
    if row.baseline_basis != MEASURED and is_measured and (row.tokens_in or row.tokens_out):  # a renewal has none
        yield f"the baseline is {row.baseline_basis}, but the reference model gave the answer and its tokens were told"
    if row.baseline_basis == MEASURED and not is_measured:
        why = "its tokens were not told" if is_its_own else f"{row.model or 'no model'} gave the answer"
        yield f"the baseline is {MEASURED}, but {why}"
    if is_its_own and row.ratio != 1.0:
        yield f"the ratio is {row.ratio}, but the reference model's own answer is as long as itself"


def _changed(found: Sequence[Any], checksum: int | None) -> Iterator[str]:
    """Whether values are others than were written; rows of before version 4 of the schema have no checksum."""
    if checksum is not None and checksum != schema.checksum(found) and checksum != schema.digest(found):
        yield "something of it was changed since it was written: its checksum is of other values"


def _spent(row: Row) -> int | None:
    parts = [None if each.price is None else money(each.price, each.tokens) for each in row.asked]
    return None if None in parts else sum(part or 0 for part in parts)


def _baseline(row: Row) -> int | None:
    """What the baseline comes to; where a row names none, because a price was missing, there is none to check."""
    if row.baseline is None:
        return None
    if row.reference_price is None:
        return None if row.tokens_out else 0
    tokens = row.tokens or Tokens(row.tokens_in, row.tokens_out)
    return money(row.reference_price, tokens if row.model == row.reference else likely_tokens(tokens, row.ratio))


def _group(row: Row, by: Sequence[str]) -> tuple[str, ...]:
    day = datetime.fromtimestamp(int(row.time), UTC).date().isoformat() if "day" in by else ""
    return tuple(day if name == "day" else str(getattr(row, name)) for name in by)


def _add(group: Counter[str], row: Row) -> None:
    spent, base = _spent(row), _baseline(row)
    group["spent"] += spent or 0
    group[f"baseline_{MEASURED if row.baseline_basis == MEASURED else ESTIMATED}"] += base or 0
    group["saved_by_cache"] += row.saved_by_cache or 0
    group["saved_by_choice"] += row.saved_by_choice or 0
    group["unpriced"] += spent is None


def _compared(reported: Sums, again: Counter[str]) -> Iterator[Offence]:
    where = ", ".join(reported.group.values()) or "all rows"
    for field in (*MONEY, "unpriced"):
        if getattr(reported, field) != again[field]:
            yield Offence(where, f"the sum of {field} is {getattr(reported, field)}, its rows come to {again[field]}")
