"""Files that a long run is to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pantler.core.errors import ConfigError

FIRST_BYTES = 64


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What keeps the file from being written is an error of ours."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file") from error


def check_writable(path: Path) -> None:
    """Find out before the run whether a file can be written, leaving none behind.

    A folder that is not there is none of ours to make: its name may be a slip.
    """
    if not path.parent.exists():
        raise ConfigError(f"{path} cannot be written: there is no folder {path.parent}; make it, or name another file")
    with writing(path):
        is_new = not path.exists()
        path.open("ab").close()
        if is_new:
            path.unlink()


def check_kept(path: Path, start: bytes, kind: str) -> None:
    """ConfigError where a file stands at `path` that is another than is written there, and would be lost.

    What is written is a `kind`, in words, and holds `start` among its first bytes; an empty file may be replaced.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        first = file.read(FIRST_BYTES)
    if first and start not in first:
        raise ConfigError(f"{path} is there and is no {kind}, and would be lost; name another file, or remove it first")


def check_page(path: Path) -> None:
    """Find out before the run whether a page can be written in place of what is there."""
    check_writable(path)
    check_kept(path, b"<!doctype html>", "page of pantler's")
