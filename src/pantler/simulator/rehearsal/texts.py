"""Labelled texts from a file: pairs, or a stream with what each text asks.

Pairs: a, b, same_answer, category. Streams: fact_id or intent, and text or prompt; the intent `oos` (out of scope)
holds questions that have nothing in common, so each of them is a fact of its own.
"""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from pantler.core.errors import TraceError
from pantler.matching.prior import sets_seen

FACTS = ("fact_id", "intent")
TEXTS = ("text", "prompt")
PAIRS = ("a", "b", "same_answer")
NO_INTENT = "oos"
SAMPLED = 64  # one text in so many tells which set a file is of
KNOWN_SHARE = 0.2


@dataclass(frozen=True)
class Pair:
    """Two texts; whether the answer to `a` will do for `b`."""

    a: str
    b: str
    same: bool
    category: str


@dataclass(frozen=True)
class Texts:
    """Distinct texts with the fact that each asks for; `pairs` where the file holds pairs."""

    facts: dict[str, str]
    pairs: tuple[Pair, ...] = ()

    @property
    def unseen(self) -> str | None:
        """The set of the prior's that these texts are of, which it may then not have seen; None where of none."""
        sums = {checksum for checksum in map(_checksum, self.facts) if checksum % SAMPLED == 0}
        for name, seen in sets_seen().items():
            if sums and len(sums & seen) >= KNOWN_SHARE * len(sums):
                return name
        return None


def read_texts(path: Path) -> Texts:
    """Read a CSV file, compressed or not; TraceError says what it lacks."""
    columns, rows = _rows(path)
    fact, text = (_only(path, columns, names) for names in (FACTS, TEXTS))
    if all(name in columns for name in PAIRS):
        if fact and text:
            raise TraceError(
                f"{path} has the columns of pairs and of a stream: leave {', '.join(PAIRS)} out, or {fact}"
            )
        return _from_pairs(path, rows)
    if fact is None or text is None:
        raise TraceError(
            f"{path} has the columns {', '.join(columns) or '(none)'}: give a, b, same_answer, category for pairs, or "
            "fact_id (or intent) and text for a stream"
        )
    facts: dict[str, str] = {}
    for number, row in enumerate(rows):
        name = row[fact]
        if not name.strip() or not row[text].strip():
            raise TraceError(
                f"{path}, row {number + 1} has an empty {text if name.strip() else fact}: fill it or leave the row out"
            )
        facts.setdefault(row[text], f"{name} {number}" if name == NO_INTENT else name)
    return Texts(facts)


def _only(path: Path, columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column that has one of these names, None where none has."""
    found = [name for name in names if name in columns]
    if len(found) > 1:
        raise TraceError(
            f"{path} has the columns {' and '.join(found)}, either of which may be meant: leave one out, or rename it"
        )
    return found[0] if found else None


def _rows(path: Path) -> tuple[Sequence[str], list[dict[str, str]]]:
    """The columns that are named first, and the rows, each with something in all of them."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns, rows = reader.fieldnames or (), list(reader)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TraceError(f"{path} cannot be read as CSV: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns) or None in row.values():
            raise TraceError(
                f"{path}, row {number} has not as many cells as the {len(columns)} columns named first; is it CSV, "
                "and are texts with commas in quotes?"
            )
    if columns and not rows:
        raise TraceError(f"{path} names columns and has no rows below them; nothing can be asked")
    return columns, rows


def _from_pairs(path: Path, rows: list[dict[str, str]]) -> Texts:
    """Texts that are labelled the same, directly or by way of others, ask for one fact."""
    for number, row in enumerate(rows, 1):
        if row["same_answer"] not in ("0", "1"):
            raise TraceError(
                f"{path}, row {number} has same_answer = {row['same_answer']!r}: 1 means the same answer, 0 another"
            )
    parents: dict[str, str] = {}

    def root(text: str) -> str:
        parents.setdefault(text, text)
        while parents[text] != text:
            parents[text] = parents[parents[text]]
            text = parents[text]
        return text

    pairs = tuple(Pair(row["a"], row["b"], row["same_answer"] == "1", row.get("category") or "all") for row in rows)
    for pair in pairs:
        one, other = root(pair.a), root(pair.b)
        if pair.same:
            parents[one] = other
    return Texts({text: root(text) for text in list(parents)}, pairs)


def _checksum(text: str) -> int:
    return crc32(text.encode())


def sample(texts: Texts) -> list[int]:
    """The checksums by which these texts are known again."""
    return sorted({checksum for checksum in map(_checksum, texts.facts) if checksum % SAMPLED == 0})
