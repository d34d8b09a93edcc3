"""A ledger opened for reading, beside the gateway that writes it or from a copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pantler.core.errors import StoreError
from pantler.ledgers import schema

ROWS = {  # of an older file: the columns that it has not, by the version of the schema from which on it has
    2: "NULL AS near",
    4: "basis AS baseline_basis, NULL AS estimated, NULL AS checksum",
    5: "NULL AS hits, NULL AS wrong",
}
WORDS = (3, "CREATE TEMP VIEW words AS SELECT decision, 'thumbs' AS signal, good, time FROM main.ratings")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One view of the ledger of a folder, or of a file, that does not change while it is read.

    Raises StoreError where there is none or it cannot be read.
    """
    file = schema.file(path) if path.is_dir() else schema.file(path.parent, name=path.name)
    if not file.path.is_file():
        raise StoreError(f"there is no ledger at {file.path}; name its folder, that of cache.path in the config")
    try:
        connection = file.read_only()
    except sqlite3.Error as error:
        raise StoreError(f"{file.path} cannot be opened ({error}); is it a ledger, and may you read it?") from error
    try:
        _show_as_now(connection, file.check_version(connection))
        connection.execute("BEGIN")
        yield connection
    except sqlite3.Error as error:
        raise StoreError(
            f"{file.path} cannot be read ({error}); where it is a ledger, try a copy of the file with its -wal"
        ) from error
    finally:
        connection.close()


def _show_as_now(connection: sqlite3.Connection, version: int) -> None:
    """Let a file of an older version be read as one of this."""
    missing = [columns for since, columns in ROWS.items() if version < since]
    if missing:
        connection.execute(f"CREATE TEMP VIEW rows AS SELECT *, {', '.join(missing)} FROM main.rows")
    if version < WORDS[0]:
        connection.execute(WORDS[1])
