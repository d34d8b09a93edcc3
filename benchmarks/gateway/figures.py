"""What was measured, the line it is held against, and the table."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self


@dataclass(frozen=True)
class Figure:
    """One figure: the median of its repeats with the least and the greatest, and the line where there is one."""

    what: str
    unit: str
    value: float
    least: float | None = None
    greatest: float | None = None
    repeats: int = 1
    at_least: float | None = None
    at_most: float | None = None

    @classmethod
    def of(
        cls, what: str, unit: str, values: list[float], *, at_least: float | None = None, at_most: float | None = None
    ) -> Self:
        """The median of the values."""
        return cls(what, unit, median(values), min(values), max(values), len(values), at_least, at_most)

    @property
    def holds(self) -> str:
        """Whether it is on the right side of its line."""
        if self.at_least is None and self.at_most is None:
            return ""
        good = (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )
        return "yes" if good else "NO"

    @property
    def line(self) -> str:
        """The line in words."""
        words = [f">= {self.at_least:g}"] if self.at_least is not None else []
        words += [f"<= {self.at_most:g}"] if self.at_most is not None else []
        return f"= {self.at_least:g}" if words and self.at_least == self.at_most else ", ".join(words)

    def row(self) -> dict[str, object]:
        """As it goes into the table."""
        numbers = {name: _shortened(getattr(self, name)) for name in ("value", "least", "greatest")}
        return {
            "figure": self.what,
            "unit": self.unit,
            **numbers,
            "repeats": self.repeats,
            "line": self.line,
            "holds": self.holds,
        }

    def __str__(self) -> str:
        value = _shortened(self.value)
        return f"{self.what:58} {value:>10} {self.unit:10} {self.line:>10} {self.holds}"


def write(place: Path, rows: Iterable[dict[str, object]]) -> None:
    """The table as CSV."""
    rows = list(rows)
    with place.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read(place: Path) -> list[dict[str, object]]:
    """What an earlier run wrote; nothing where none did."""
    if not place.exists():
        return []
    with place.open(newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _shortened(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
