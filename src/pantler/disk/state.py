"""A file that is replaced whole: what is read is what was written at some time, or nothing.

file = BLAKE2b(bytes), keyed with the secret || bytes
"""

import contextlib
import os
from collections.abc import Iterable
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from pantler.core.errors import StoreError
from pantler.disk.file import PRIVATE_FILE, PRIVATE_FOLDER

MAC_BYTES = 32


def save(path: Path, state: Iterable[bytes | bytearray], secret: bytes) -> None:
    """Replace the file by one of these pieces, so that a crash leaves the old or the new one.

    Raises StoreError where the disk does not let us.
    """
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        _write(new, state, _seal(secret))
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise StoreError(f"{path} cannot be written ({error.strerror}); what was learned stays in memory") from error


def load(path: Path, secret: bytes) -> bytes | None:
    """What was saved last; None where nothing was, or where it is not as it was written."""
    try:
        found = path.read_bytes()
    except OSError:
        return None
    state, seal = found[MAC_BYTES:], _seal(secret)
    seal.update(state)
    return state if compare_digest(found[:MAC_BYTES], seal.digest()) else None


def _write(new: Path, state: Iterable[bytes | bytearray], seal: blake2b) -> None:
    with open(new, "wb", opener=_private) as file:
        file.write(bytes(MAC_BYTES))  # known once all has been written
        for piece in state:
            seal.update(piece)
            file.write(piece)
        file.seek(0)
        file.write(seal.digest())
        file.flush()
        os.fsync(file.fileno())


def _seal(secret: bytes) -> blake2b:
    return blake2b(key=blake2b(secret, person=b"pantler state").digest(), digest_size=MAC_BYTES)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
