"""Which format a file has."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces import formats
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording
from pantler.traces.source import head, line_end, refuse_utf16


class Format(Protocol):
    """A module of the folder `formats`; its file name is the format's name."""

    __name__: str
    SUMMARY: str
    sniff: Callable[[bytes, Path], float]
    read: Callable[[Path, Mapping[str, str], BadRowCounter], Recording]


def format_names() -> tuple[str, ...]:
    """The names that --format takes."""
    return tuple(module.name for module in iter_modules(formats.__path__))


def load_format(name: str) -> Format:
    """The format of that name. Raises UnknownPart for any other."""
    if name not in format_names():
        raise UnknownPart("trace format", name, format_names())
    return cast(Format, import_module(f"{formats.__name__}.{name}"))


def recognise(path: Path) -> Format:
    """The format whose mark the first bytes bear. Raises TraceError where none or more than one does."""
    first = head(path)
    if not first:
        raise TraceError(f"{path}: the file is empty; check that the recording was written out")
    refuse_utf16(path, first)
    if line_end(first) == b"\r":
        first = first.replace(b"\r", b"\n")  # one to one, so that binary keys repeat as before
    scores = {name: load_format(name).sniff(first, path) for name in format_names()}
    best = max(scores.values())
    candidates = [name for name, score in scores.items() if score == best and score > 0]
    if len(candidates) == 1:
        return load_format(candidates[0])
    what = f"could be any of {', '.join(candidates)}" if candidates else "bears no mark of a known format"
    raise TraceError(f"{path}: the file {what}; name it with --format, one of {', '.join(format_names())}")
