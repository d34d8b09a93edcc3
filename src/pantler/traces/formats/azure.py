"""Azure's LLM inference traces, which have no keys."""

from collections.abc import Mapping
from pathlib import Path

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording
from pantler.traces.token_statistics import AZURE_HEADER

SUMMARY = "Azure LLM inference trace: token counts without keys, for --generate from:FILE only"


def sniff(head: bytes, path: Path) -> float:
    """1 for the header of Azure's files."""
    return float(head.startswith(AZURE_HEADER))


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Always raises TraceError: nothing says which requests ask the same."""
    raise TraceError(
        f"{path}: an Azure trace has token counts but no keys, so nothing repeats; draw a workload from its counts "
        f"instead: --generate from:{path}"
    )
