"""Files that a long run is to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pantler.core.errors import ConfigError


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
