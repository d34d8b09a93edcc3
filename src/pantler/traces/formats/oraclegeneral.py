"""libCacheSim's oracleGeneral: little-endian records of time, key, size, next access.

Layout from libCacheSim's FAQ: uint32 real_time, uint64 obj_id, uint32 obj_size, int64 next_access_vtime, 24 bytes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording, Rows
from pantler.traces.source import records

SUMMARY = "libCacheSim's binary format: uint32 time, uint64 key, uint32 size, int64 next access, little-endian"
RECORD = np.dtype([("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])
_NEVER = (-1, 2**63 - 1)


def sniff(head: bytes, path: Path) -> float:
    """0.9 where times hardly ever fall, sizes are sane and every next access lies ahead or never comes."""
    first = np.frombuffer(head[: len(head) // RECORD.itemsize * RECORD.itemsize], RECORD)
    if not len(first):
        return 0.0
    never = np.isin(first["next"], _NEVER)
    ahead = (first["next"] > np.arange(len(first))) & (first["next"] < 2**40)
    rises = first["time"][1:] >= first["time"][:-1]
    is_sane = (first["size"] < 2**31).all() and np.count_nonzero(rises) >= 0.9 * len(rises)
    return 0.9 if is_sane and (never | ahead).all() else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Keys, sizes in bytes, times in seconds; the next access is not used. Raises TraceError as source.records does."""
    bad.unit = "record"
    return Recording(rows=_rows(path))


def _rows(path: Path) -> Iterator[Rows]:
    for number, batch in records(path, RECORD):
        yield Rows(
            lines=np.arange(number, number + len(batch)),
            keys=batch["key"].astype(np.uint64),
            sizes=batch["size"].astype(np.float64),
            times=batch["time"].astype(np.float64),
        )
