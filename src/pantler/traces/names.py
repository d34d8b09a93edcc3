"""Column names that say without doubt what they hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from pantler.traces.values import Record

KEY = ("key", "cache_key", "prompt_hash", "query_hash", "obj_id", "object_id")
SIZE = ("size", "size_bytes", "obj_size", "response_bytes")
COST = ("cost", "spend", "response_cost", "total_cost")
TIME = ("time", "timestamp", "ts", "startTime", "start_time", "created", "created_at")
TOKENS_IN = ("tokens_in", "prompt_tokens", "input_tokens")
TOKENS_OUT = ("tokens_out", "completion_tokens", "output_tokens")

NAMES: Mapping[str, tuple[str, ...]] = {
    "key": KEY,
    "size": SIZE,
    "cost": COST,
    "time": TIME,
    "tokens_in": TOKENS_IN,
    "tokens_out": TOKENS_OUT,
}


def known_columns(fields: Iterable[str]) -> dict[str, str]:
    """Meaning -> column, for those columns whose name says what they hold."""
    present = set(fields)
    firsts = {meaning: next((name for name in names if name in present), None) for meaning, names in NAMES.items()}
    return {meaning: name for meaning, name in firsts.items() if name is not None}


def first_of(records: Iterable[Record], names: tuple[str, ...]) -> Any:
    """The first value that any of the names has in any of the records."""
    return next((record[name] for record in records for name in names if record.get(name) is not None), None)
