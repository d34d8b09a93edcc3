"""What budgets start from: the sums of the ledger, where they can be had."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pantler.core.errors import StoreError
from pantler.ledgers.reading import reading
from pantler.ledgers.schema import FILE, file
from pantler.ledgers.sums import spent_by_day

LONGEST_MONTH_SECONDS = 31 * 86_400.0
UNCOUNTED = "budgets do not count what a damaged ledger holds; the log names the file"

log = logging.getLogger("pantler.gateway")


@dataclass(frozen=True)
class Spending:
    """What was spent of late: day, tenant, nano-dollars; `uncounted` are the files whose sums are not among them."""

    by_day: list[tuple[str, str, int]]
    uncounted: tuple[str, ...] = ()

    def warn(self) -> None:
        """Say loudly that budgets have room which was used up already, and how that is mended."""
        if self.uncounted:
            log.error(
                "budgets begin without what was spent by the rows of %s, which cannot be read: tenants may spend that "
                "once more. To have it counted, end this gateway, put a whole copy of the ledger in its place, and "
                "move the damaged file to another folder",
                " and ".join(self.uncounted),
            )


def spending(folder: Path, now: float) -> Spending:
    """What the ledger of a folder says was spent in the last month."""
    ledger = file(folder)
    damaged = tuple(map(str, ledger.damaged_since(now - LONGEST_MONTH_SECONDS)))
    if not ledger.path.exists():
        return Spending([], damaged)
    try:
        with reading(folder) as connection:
            return Spending(spent_by_day(connection, now - LONGEST_MONTH_SECONDS), damaged)
    except StoreError:
        return Spending([], (str(ledger.path), *damaged))


def demand_whole(folder: Path, now: float) -> None:
    """Refuse to start budgets that must hold from a ledger which cannot be read; nothing of it is moved."""
    for wrong in _unreadable(folder / FILE, now):
        raise StoreError(
            f"{wrong}; budgets start from the ledger's sums, and under strict durability nobody spends them twice: put "
            "a whole copy of the file in its place, or move it to another folder for all budgets to begin at zero"
        )


def _unreadable(ledger: Path, now: float) -> Iterator[str]:
    for damaged in file(ledger.parent).damaged_since(now - LONGEST_MONTH_SECONDS):
        yield f"{damaged} is a ledger that was damaged"
    if ledger.exists():
        try:
            with reading(ledger.parent) as connection:
                spent_by_day(connection, now - LONGEST_MONTH_SECONDS)
        except StoreError as error:
            yield str(error).partition(";")[0]
