"""The ledger's file: a table of rows, one column for each of their fields, one of ratings, one of words."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import blake2b
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import msgspec

from pantler.core.cost import Price, Tokens
from pantler.core.rows import Asked, Candidate, Neighbour, Row
from pantler.disk.file import File

FILE: Final = "ledger.sqlite"
NESTED: Final = {  # as JSON, NULL where there is nothing
    "candidates": tuple[Candidate, ...],
    "asked": tuple[Asked, ...],
    "reference_price": Price,
    "tokens": Tokens,
    "near": Neighbour,
}
EMPTY: Final = {"candidates": (), "asked": ()}
FIELDS: Final = Row.__struct_fields__
FLAG: Final = "estimated"  # which SQLite has as a number
PLAIN: Final = tuple(field for field in FIELDS if field not in NESTED and field != FLAG)
COLUMNS: Final = (*PLAIN, FLAG, *NESTED)
SELECT: Final = ", ".join(COLUMNS)
MIGRATIONS: Final = (
    (
        """CREATE TABLE rows (
            number INTEGER PRIMARY KEY, decision TEXT, time REAL, tenant TEXT, route TEXT, key_digest TEXT,
            size_bytes INTEGER, tier TEXT, reason TEXT, status INTEGER, policy TEXT, multiplexer TEXT, model TEXT,
            tokens_in INTEGER, tokens_out INTEGER, candidates TEXT, asked TEXT, spent INTEGER, saved_by_cache INTEGER,
            saved_by_choice INTEGER, baseline INTEGER, basis TEXT, ratio REAL, seconds REAL, reference TEXT,
            reference_price TEXT, tokens TEXT
        )""",
        "CREATE UNIQUE INDEX rows_by_decision ON rows (decision)",
        "CREATE INDEX spent_by_time ON rows (time, tenant, spent) WHERE spent > 0",  # budgets start from it
        """CREATE TABLE ratings (
            decision TEXT PRIMARY KEY, tenant TEXT, good REAL, time REAL
        ) WITHOUT ROWID""",
    ),
    ("ALTER TABLE rows ADD COLUMN near TEXT",),
    (  # one of each signal, of which `ratings` keeps the last that was a label
        """CREATE TABLE words (
            decision TEXT, signal TEXT, good REAL, time REAL, PRIMARY KEY (decision, signal)
        ) WITHOUT ROWID""",
        "INSERT INTO words SELECT decision, 'thumbs', good, time FROM ratings",
    ),
    (  # of earlier rows nobody has noted whether their tokens were told, and no checksum
        "ALTER TABLE rows RENAME COLUMN basis TO baseline_basis",
        "ALTER TABLE rows ADD COLUMN estimated INTEGER",
        "ALTER TABLE rows ADD COLUMN checksum INTEGER",
    ),
    ("ALTER TABLE rows ADD COLUMN hits REAL", "ALTER TABLE rows ADD COLUMN wrong REAL"),
    (),  # rows of before have the checksum that is `digest` here
)
OWN: Final = ("decision", "time", "seconds")  # in which rows that are alike differ
SHARED: Final = tuple(column for column in COLUMNS if column not in OWN)
SUMMED: Final = (  # what enters a sum of the ledger, what that follows from, and by what it is grouped
    *("tenant", "route", "tier", "status", "model", "tokens_in", "tokens_out", "tokens", "estimated", "asked", "spent"),
    *("saved_by_cache", "saved_by_choice", "baseline", "baseline_basis", "ratio", "reference", "reference_price"),
)
TOLD: Final = "\0".join(["%s"] * len(SUMMED))
INSERT: Final = f"INSERT OR IGNORE INTO rows ({SELECT}, checksum)"
NOTHING: Final = ""  # bound in place of None, for which Python looks for an adapter, as long as it binds three texts
OPTIONAL: Final = {*NESTED, "spent", "saved_by_cache", "saved_by_choice", "baseline", "hits", "wrong"}
PLACED: Final = [  # a function, such as NULLIF, might fail, and SQLite would first keep the old form of each page
    f"CASE column{place} WHEN '{NOTHING}' THEN NULL ELSE column{place} END" if column in OPTIONAL else f"column{place}"
    for place, column in enumerate((*COLUMNS, "checksum"), 1)
]

own = attrgetter(*OWN)
_plain: Final = attrgetter(*PLAIN)
_nested: Final = attrgetter(*NESTED)
_shared: Final = itemgetter(*map(COLUMNS.index, SHARED))
_summed: Final = itemgetter(*map(COLUMNS.index, SUMMED))
_encode: Final = msgspec.json.Encoder().encode
_pack: Final = msgspec.msgpack.Encoder().encode
_decoders: Final[dict[str, Callable[[str], Any]]] = {
    field: msgspec.json.Decoder(kind).decode for field, kind in NESTED.items()
}


def file(folder: Path, synchronous: str = "NORMAL", name: str = FILE) -> File:
    """The ledger of a folder."""
    return File(folder / name, MIGRATIONS, synchronous=synchronous)


def values(row: Row) -> list[Any]:
    """A row as the values of COLUMNS, then its checksum."""
    found: list[Any] = list(_plain(row))
    found.append(int(row.estimated))
    found.extend([_encode(nested).decode() if nested else None for nested in _nested(row)])
    found.append(checksum(found))
    return found


def checksum(found: Sequence[Any]) -> int:
    """What the values of SUMMED, picked from those of COLUMNS, come to: 32 bits.

    It tells a value that was changed by itself; whoever means to deceive can make it anew.
    """
    return crc32(_pack(_summed(found)))


def digest(found: Sequence[Any]) -> int:
    """The checksum of rows that were written before version 6 of the schema: 64 bits, signed as SQLite has them."""
    told = TOLD % _summed(found)
    return int.from_bytes(blake2b(told.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)


def bound(rows: Iterable[Sequence[Any]]) -> list[Any]:
    """The values of rows as `insert` has places for them."""
    return [NOTHING if each is None else each for row in rows for each in row]


@cache
def insert(count: int) -> str:
    """A statement for the values of so many rows, as `bound` gives them."""
    places = f"({','.join('?' * len(PLACED))})"
    return f"{INSERT} SELECT {', '.join(PLACED)} FROM (VALUES {','.join([places] * count)})"


def shared(row: Row) -> tuple[Any, ...]:
    """A row as the values of SHARED, then its checksum."""
    found = values(row)
    return (*_shared(found), found[-1])


@cache
def insert_alike(count: int) -> str:
    """A statement for so many rows that are alike: the values of SHARED once, then those of OWN for each row."""
    told = ", ".join(f"?{place}" for place in range(1, len(SHARED) + 2))
    first = ",".join(f"?{len(SHARED) + 1 + place}" for place in range(1, len(OWN) + 1))
    others = f",({','.join('?' * len(OWN))})" * (count - 1)
    return (
        f"INSERT OR IGNORE INTO rows ({', '.join([*OWN, *SHARED])}, checksum) "
        f"SELECT column1, column2, column3, {told} FROM (VALUES ({first}){others})"
    )


def row(found: Sequence[Any]) -> Row:
    """The row that the values of COLUMNS stand for."""
    fields = dict(zip(COLUMNS, found, strict=True))
    fields[FLAG] = bool(fields[FLAG])
    for field, decode in _decoders.items():
        text = fields[field]
        fields[field] = decode(text) if text else EMPTY.get(field)
    return Row(**fields)
