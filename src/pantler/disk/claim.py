"""A folder that one process writes at a time."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pantler.core.errors import ConfigError
from pantler.disk.file import PRIVATE_FILE, PRIVATE_FOLDER

CLAIM = "in-use"  # the file that is locked while the folder is written; the system frees it with its process

log = logging.getLogger("pantler.disk")


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Have `folder` for this process alone; ConfigError where another has it.

    Where the folder cannot be written, or its disk knows no locks, it goes on without.
    """
    with ExitStack() as held:
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            handle = os.open(folder / CLAIM, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
            file = held.enter_context(os.fdopen(handle, "w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"{folder} is in use by another gateway, whose budgets and answers would not be told from those here; "
                "end that one, or name another folder as cache.path"
            ) from error
        except OSError as error:
            log.warning("%s cannot be held against a second gateway (%s)", folder, error.strerror)
        yield
