"""Memory references with a penalty on each: lines of kind, address, gap, hit penalty, miss penalty."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.fields import Field, read_fields, sniff_lines
from pantler.traces.rows import Recording

SUMMARY = "text lines 'l|s 0xADDRESS gap hit-penalty miss-penalty'"
_LINE = re.compile(rb"[ls] 0x[0-9a-fA-F]+ \d+ -?\d+ -?\d+")
_FIELDS = {"keys": Field(1, lambda text: int(text, 16)), "costs": Field(4, float)}
_NOTE = "cost: the miss penalty on each line; the hit penalty is left out, every size is 1"


def sniff(head: bytes, path: Path) -> float:
    """1 where the lines of the head are references with their penalties."""
    return 1.0 if sniff_lines(head, _LINE) else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Addresses as keys, miss penalties as costs. Raises TraceError as source.lines does."""
    rows = (replace(rows, sizes=np.ones(len(rows))) for rows in read_fields(path, _FIELDS, bad))
    return Recording(rows=rows, cost_names=("miss_penalty",), cost_unit="penalties", notes=(_NOTE,))
