"""Files as traces."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, TraceError
from pantler.traces.bad_rows import BadRowCounter, BadRows
from pantler.traces.columns import parse_columns
from pantler.traces.costs import answer_bytes
from pantler.traces.factorize import Factorizer, new_factorizer
from pantler.traces.recognise import load_format, recognise
from pantler.traces.rows import Recording, Rows, gathered, regrouped, usable
from pantler.traces.source import checked_file
from pantler.traces.trace import Trace

MAX_BAD_SHARE = 0.01
CHUNK = 1_000_000
WITH_COLUMNS = ("csv", "jsonl", "libcachesim_csv", "parquet")
BARE = ("cache2k", "int64be")
"""Formats without a mark, which only the way in which keys come back gives away."""

_SIZE_NOTE = "sizes: 4 bytes for each answer token plus 64; the recording has none"


def open_trace(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word of the option --format
    columns: str | Mapping[str, str] | None = None,
    max_bad_share: float = MAX_BAD_SHARE,
) -> Trace:
    """The whole recording at `path`.

    format          a name from `format_names()`, or None to recognise it by the content
    columns         which column means what, `{"key": "prompt_hash", ...}` or "key=prompt_hash,size=bytes"
    max_bad_share   the share of unusable rows, 0..1, past which the file is refused

    Raises TraceError where the file is empty, truncated, corrupt, of no known format, or has too many bad rows.
    """
    return TraceFile(path, format=format, columns=columns, max_bad_share=max_bad_share).read()


def stream_trace(
    path: str | Path,
    *,
    chunk: int = CHUNK,
    format: str | None = None,  # noqa: A002 - the word of the option --format
    columns: str | Mapping[str, str] | None = None,
    max_bad_share: float = MAX_BAD_SHARE,
) -> Iterator[Trace]:
    """The recording at `path` in parts of `chunk` requests, ids dense across them. Raises as `open_trace` does.

    Too many bad rows show only at the end; the last part carries the count of all.
    """
    return TraceFile(path, format=format, columns=columns, max_bad_share=max_bad_share).parts(chunk)


@dataclass(frozen=True)
class TraceFile:
    """A recording on disk with how to read it; the arguments are those of `open_trace`."""

    path: str | Path
    format: str | None = None
    columns: str | Mapping[str, str] | None = None
    max_bad_share: float = MAX_BAD_SHARE

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | Path):
            raise TraceError(f"{self.path!r} is no path of a recording; give a text or a pathlib.Path")
        share: object = self.max_bad_share
        if not (isinstance(share, float | int) and 0 <= share <= 1):
            raise ConfigError(f"max_bad_share {share!r}: out of range; give a share of the rows, 0 to 1")

    def read(self) -> Trace:
        """The whole recording as one trace."""
        whole = self.held()
        assert whole is not None
        return whole

    def held(self, most: float = inf, progress: Callable[[int], None] | None = None) -> Trace | None:
        """The whole recording, None where it has more than `most` requests; `progress` is told of rows as they come."""
        recording, bad = self._start()
        blocks: list[Rows] = []
        for rows in recording.rows:
            blocks.append(usable(rows, bad))
            most -= len(blocks[-1])
            if most < 0:
                return None
            if progress is not None:
                progress(len(rows))
        bad.check(str(self.path), self.max_bad_share)
        return self._trace(recording, gathered(blocks), new_factorizer(), bad.report())

    def parts(self, chunk: int = CHUNK) -> Iterator[Trace]:
        """Traces of `chunk` requests each, the last one shorter, with ids dense across them."""
        length: object = chunk
        if not isinstance(length, int) or length < 1:
            raise ConfigError(f"chunk={length!r}: no number of requests; give a whole number of 1 or more")
        recording, bad = self._start()
        factorizer = new_factorizer()
        for rows in regrouped((usable(rows, bad) for rows in recording.rows), chunk):
            yield self._trace(recording, rows, factorizer, bad.report())
        bad.check(str(self.path), self.max_bad_share)

    def _start(self) -> tuple[Recording, BadRowCounter]:
        path = checked_file(Path(self.path))
        chosen = load_format(self.format) if self.format else recognise(path)
        name = chosen.__name__.rpartition(".")[2]
        if self.columns and name not in WITH_COLUMNS:
            raise TraceError(f"{path}: format {name} has columns of its own; leave --columns out or name the --format")
        bad = BadRowCounter()
        recording = chosen.read(path, parse_columns(self.columns), bad)
        if name in BARE and not self.format:
            guess = f"format: taken for {name} ({chosen.SUMMARY}) by how keys come back; --format names another"
            recording = replace(recording, notes=(guess, *recording.notes))
        return recording, bad

    def _trace(self, recording: Recording, rows: Rows, factorizer: Factorizer, bad: BadRows) -> Trace:
        sizes, notes = _sizes(rows)
        ids = factorizer.ids(rows.keys)
        return Trace(
            ids=ids,
            sizes=sizes,
            costs=np.ones((len(rows), 1)) if rows.costs is None else rows.costs,
            distinct=factorizer.distinct,
            keys=rows.keys,
            times=rows.times,
            tokens_in=_whole(rows.tokens_in),
            tokens_out=_whole(rows.tokens_out),
            cost_names=("unit",) if rows.costs is None else recording.cost_names,
            cost_unit="misses" if rows.costs is None else recording.cost_unit,
            own=frozenset(name for name, column in (("size", rows.sizes), ("cost", rows.costs)) if column is not None),
            name=Path(self.path).name,
            notes=recording.notes + notes,
            bad_rows=bad,
        )


def _sizes(rows: Rows) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if rows.sizes is not None:
        return np.rint(rows.sizes).astype(np.int64), ()
    if rows.tokens_out is not None:
        return answer_bytes(rows.tokens_out), (_SIZE_NOTE,)
    return np.ones(len(rows), np.int64), ()


def _whole(column: NDArray[np.float64] | None) -> NDArray[np.int64] | None:
    return None if column is None else column.astype(np.int64)
