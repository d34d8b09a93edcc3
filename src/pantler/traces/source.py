"""The bytes of a file, decompressed while they are read."""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import MissingExtra, TraceError

BOM = b"\xef\xbb\xbf"
_BOMS_OF_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ZEROS_OF_UTF16 = 0.3
_BLOCK = 1 << 22
_HEAD = 1 << 20
_LONGEST_LINE = 1 << 26


def checked_file(path: Path) -> Path:
    """The path itself; TraceError where it is no file that can be read more than once."""
    if path.is_dir():
        raise TraceError(f"{path}: a folder; name one file in it")
    if not path.exists():
        raise TraceError(f"{path}: no such file; check the path")
    if not path.is_file():
        raise TraceError(
            f"{path}: no plain file, and a trace is read more than once; write the content to a file first"
        )
    return path


def blocks(path: Path, size: int = _BLOCK) -> Iterator[bytes]:
    """The content of `path`, decompressed where it is .gz, .xz or .zst by its first bytes, in blocks up to `size`.

    Raises TraceError where the file cannot be read, ends early or is corrupt.
    """
    done = 0
    try:
        with _open(path) as file:
            while block := file.read(size):
                done += len(block)
                yield block
    except EOFError as error:
        raise TraceError(
            f"{path}: the compressed file ends early, past byte {done:,} of its content; fetch or write it again"
        ) from error
    except (gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise TraceError(
            f"{path}: the compressed file is corrupt past byte {done:,} of its content ({error}); fetch it again"
        ) from error
    except OSError as error:
        raise TraceError(
            f"{path}: cannot be read ({error.strerror or error}); check path, permissions, wholeness"
        ) from error


def head(path: Path) -> bytes:
    """The first MiB of content, fewer where there are fewer. Raises TraceError as `blocks` does."""
    taken = b""
    for block in blocks(path, _HEAD):
        taken += block
        if len(taken) >= _HEAD:
            break
    return taken[:_HEAD]


def lines(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Batches of whole lines without their ends, each with the number from 1 of its first line.

    Where the first block has a carriage return but no line feed, that is what ends the lines.

    Raises TraceError as `blocks` does, also for a line longer than 64 MiB.
    """
    number, rest, ending = 1, b"", b""
    for block in blocks(path):
        if not ending:
            refuse_utf16(path, block)
            ending, block = line_end(block), block.removeprefix(BOM)  # noqa: PLW2901 - the first one, without its mark
        whole, end, tail = block.rpartition(ending)
        if not end:
            rest += tail
            if len(rest) > _LONGEST_LINE:
                raise TraceError(f"{path}: line {number} is longer than 64 MiB; this is no text log, name its --format")
            continue
        batch = (rest + whole).split(ending)
        rest = tail
        yield number, batch
        number += len(batch)
    if rest:
        yield number, [rest]


def line_end(first: bytes) -> bytes:
    """What ends the lines of a text that begins so: a line feed, or the lone carriage return of old."""
    return b"\r" if b"\r" in first and b"\n" not in first else b"\n"


def refuse_utf16(path: Path, first: bytes) -> None:
    """Raise TraceError where `first` begins text in two-byte letters, as some spreadsheets and shells write it."""
    if first.startswith(_BOMS_OF_UTF16) and first.count(0) >= _ZEROS_OF_UTF16 * len(first):
        raise TraceError(f"{path}: the text is in UTF-16; write it again in UTF-8, as by iconv -f UTF-16 -t UTF-8")


def records(path: Path, dtype: np.dtype[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Batches of fixed-size records, each with the number from 1 of its first record.

    Raises TraceError as `blocks` does, also where the content is no whole number of records.
    """
    number, rest = 1, b""
    for block in blocks(path, _BLOCK - _BLOCK % dtype.itemsize):
        content = rest + block
        whole = len(content) - len(content) % dtype.itemsize
        rest = content[whole:]
        if whole:
            batch = np.frombuffer(content[:whole], dtype)
            yield number, batch
            number += len(batch)
    if rest:
        raise TraceError(
            f"{path}: {len(rest)} bytes are left after {number - 1:,} records of {dtype.itemsize} bytes; "
            "the file ends early, or has another format: name it with --format"
        )


def _open(path: Path) -> BufferedIOBase:
    with path.open("rb") as file:
        magic = file.read(6)
    for start, opener in _OPENERS.items():
        if magic.startswith(start):
            return opener(path)
    return path.open("rb")


def _open_zst(path: Path) -> BufferedIOBase:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra("reading .zst", "simulator") from error
    return pyarrow.CompressedInputStream(pyarrow.OSFile(str(path)), "zstd")  # type: ignore[no-any-return]


_OPENERS: dict[bytes, Callable[[Path], BufferedIOBase]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _open_zst,
}
