"""Files that a long run is to write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pantler.core.errors import ConfigError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the file's folder; what keeps the file from being written is an error of ours."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; name another file") from error


def check_writable(path: Path, say: Callable[[str], object]) -> None:
    """Find out before the run whether a file can be written, leaving none behind; `say` is told of a new folder."""
    folder_is_new = not path.parent.exists()
    with writing(path):
        if folder_is_new:
            say(f"made the folder {path.parent}")
        is_new = not path.exists()
        path.open("ab").close()
        if is_new:
            path.unlink()
