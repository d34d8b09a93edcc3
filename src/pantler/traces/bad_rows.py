"""Rows of a trace that could not be used."""

from dataclasses import dataclass, field
from heapq import heappush, heapreplace

from pantler.core.errors import TraceError

SHOWN = 10


@dataclass(frozen=True)
class BadRow:
    """One unusable row: its line (or record) number from 1, with the reason."""

    line: int
    reason: str


@dataclass(frozen=True)
class BadRows:
    """How many rows were left out of how many, with the first ten of them."""

    count: int = 0
    total: int = 0
    first: tuple[BadRow, ...] = ()
    unit: str = "line"

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        if not self.count:
            return f"no bad rows in {self.total:,}"
        shown = "; ".join(f"{self.unit} {row.line}: {row.reason}" for row in self.first)
        more = f"; {self.count - len(self.first):,} more" if self.count > len(self.first) else ""
        return f"{self.count:,} of {self.total:,} rows left out ({shown}{more})"


NO_BAD_ROWS = BadRows()


@dataclass
class BadRowCounter:
    """Counts bad rows while a file is read, whatever the order they are found in."""

    unit: str = "line"
    count: int = 0
    total: int = 0
    _first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self._first) < SHOWN:
            heappush(self._first, (-line, reason))
        elif line < -self._first[0][0]:
            heapreplace(self._first, (-line, reason))

    def leave_out(self, line: int, reason: str) -> None:
        """Count a row that did not even become values."""
        self.total += 1
        self.add(line, reason)

    def report(self) -> BadRows:
        first = sorted((-negative, reason) for negative, reason in self._first)
        return BadRows(self.count, self.total, tuple(BadRow(*row) for row in first), self.unit)

    def check(self, name: str, allowed: float) -> None:
        """Raise TraceError where more than the share `allowed` of the rows seen so far is bad, or all are."""
        report = self.report()
        if not self.total:
            raise TraceError(f"{name}: the file has no rows; check that the recording was written out")
        if report.share > allowed or self.count == self.total:
            raise TraceError(
                f"{name}: {report}; mend the file, name its columns with --columns or its format with --format, "
                f"or allow more than {allowed:.1%} with --max-bad-share (max_bad_share in Python)"
            )
