"""ServeGen's client descriptions, which have no requests at all."""

from collections.abc import Mapping
from pathlib import Path

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording
from pantler.traces.servegen import is_archive

SUMMARY = "ServeGen archive: rates and token distributions without keys, for --generate from:FILE only"


def sniff(head: bytes, path: Path) -> float:
    """1 for a tar archive."""
    return float(is_archive(head))


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Always raises TraceError: the archive describes clients, it records no requests."""
    raise TraceError(
        f"{path}: a ServeGen archive has rates and token distributions but no keys, so nothing repeats; draw a "
        f"workload from them instead: --generate from:{path}"
    )
