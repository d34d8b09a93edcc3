"""Logs as lines of JSON on standard error: what happened, to which decision; never a prompt, an answer or a key.

Of an error that was not foreseen only its type and the places in the code are told: its message might quote a request.
"""

import logging
import re
import sys
from datetime import UTC, datetime
from traceback import extract_tb
from types import TracebackType
from typing import TextIO

import msgspec

from pantler.core.errors import PantlerError
from pantler.core.rows import Row

FIELDS = ("decision", "tenant", "route", "tier", "reason", "status", "spent", "seconds")
NOT_CACHED = "not_cached"  # what only-if-cached is told where nothing is stored
OPERATORS = frozenset({401, 403, 404})  # from an upstream: its key, its base_url or its name for the model is wrong

_encode = msgspec.json.Encoder().encode
log = logging.getLogger("pantler.requests")


class Lines(logging.Formatter):
    """One JSON object for each record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = told(record.exc_info[1])
        return _encode(line).decode()


def _message(record: logging.LogRecord) -> str:
    """What a record says; of asyncio's own what went wrong, for behind it are errors, arguments and tasks in full."""
    said = record.getMessage()
    return said if record.name != "asyncio" else re.split(r"[^\w .,-]", said, maxsplit=1, flags=re.ASCII)[0].rstrip()


def told(error: BaseException) -> dict[str, object]:
    """What may be said of an error: all of one that we raise on purpose, type and places of any other."""
    said = {"message": str(error)} if isinstance(error, PantlerError) else {}
    return {"type": type(error).__qualname__, **said, "at": _places(error.__traceback__)}


def _places(traceback: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(traceback)]


def configure(stream: TextIO = sys.stderr) -> None:
    """Send the logs of this process to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("pantler").setLevel(logging.INFO)


def request(row: Row) -> None:
    """One line for a request that was not answered, with each call that was made for it and how it ended.

    None for one that is the client's own mistake, or that a client left, or that was to ask nobody.
    """
    if row.reason == NOT_CACHED or (row.status < 500 and not (row.asked and row.status in OPERATORS)):
        return
    calls = [f"{call.model}: {call.outcome}{f' ({call.said})' if call.said else ''}" for call in row.asked]
    said = {name: getattr(row, name) for name in FIELDS} | {"calls": calls}
    log.warning("a request was not answered", extra={"told": said})
