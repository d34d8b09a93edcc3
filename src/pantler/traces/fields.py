"""Lines of blank-separated fields as columns."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Rows
from pantler.traces.source import BOM, lines
from pantler.traces.values import key_of


class Field(NamedTuple):
    """Where a column stands in a line, counted from 0, with what its text means."""

    place: int
    parse: Callable[[bytes], float]


def sniff_lines(head: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Whether nine of ten whole lines of the head match the pattern, blank ones aside.

    A head without a line end counts as one line. The tenth may be damaged, which the reader will say line by line.
    """
    whole = head[: head.rfind(b"\n")] if b"\n" in head else head
    written = [line.strip() for line in whole.removeprefix(BOM).split(b"\n") if line.strip()]
    return bool(written) and sum(map(bool, map(pattern.fullmatch, written))) >= 0.9 * len(written)


def read_fields(path: Path, wanted: Mapping[str, Field], bad: BadRowCounter) -> Iterator[Rows]:
    """Columns of Rows by name from the lines of `path`; lines that do not parse go to `bad`, blank ones are skipped."""
    for number, batch in lines(path):
        found: list[tuple[float, ...]] = []
        places: list[int] = []
        for place, line in enumerate(batch, number):
            parts = line.split()
            if not parts:
                continue
            try:
                found.append(tuple(field.parse(parts[field.place]) for field in wanted.values()))
                places.append(place)
            except (ValueError, IndexError):
                bad.leave_out(place, f"{len(parts)} fields that do not read as {', '.join(wanted)}")
        if found:
            yield _as_rows(tuple(wanted), found, places)


def _as_rows(names: tuple[str, ...], found: list[tuple[float, ...]], places: list[int]) -> Rows:
    columns = dict(zip(names, zip(*found, strict=True), strict=True))
    keys = np.array([key_of(key) for key in columns.pop("keys")], np.uint64)
    arrays = {name: np.array(values, np.float64) for name, values in columns.items()}
    if "costs" in arrays:
        arrays["costs"] = arrays["costs"].reshape(-1, 1)
    return Rows(lines=np.array(places, np.int64), keys=keys, **arrays)
