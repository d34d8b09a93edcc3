"""cache2k's benchmark traces: big-endian 32-bit keys, nothing else."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.big_endian import key_width
from pantler.traces.rows import Recording, bare_keys

SUMMARY = "big-endian int32 keys, one request each"


def sniff(head: bytes, path: Path) -> float:
    """0.7 where the first keys repeat as four-byte keys do."""
    return 0.7 if key_width(head) == 4 else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """The keys, sign-extended to 64 bits. Raises TraceError as source.records does."""
    bad.unit = "record"
    return Recording(rows=bare_keys(path, np.dtype(">i4")))
