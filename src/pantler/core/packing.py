"""Keys and tables by key as plain values that msgspec encodes, for snapshots of what was learned."""

from collections.abc import Hashable, Mapping
from typing import Any, Final

import msgspec

from pantler.core.pieces import pieces
from pantler.core.recent import Recent

KEY_BYTES: Final = 16

Table = list[tuple[bytes, float, int]]


def packed(key: Hashable) -> bytes:
    """A key of up to 128 bits as bytes."""
    assert isinstance(key, int)
    return key.to_bytes(KEY_BYTES)


def packed_table(table: Mapping[Hashable, tuple[float, int]]) -> Table:
    """A table of sums and counts by key, in its order."""
    return [(packed(key), total, count) for key, (total, count) in list(table.items())]


def unpacked_table(rows: Any) -> Recent[Hashable, tuple[float, int]]:
    """The table that `packed_table` made them of; raises msgspec.ValidationError for anything else."""
    return Recent((int.from_bytes(key), (total, count)) for key, total, count in msgspec.convert(rows, Table))


def as_kept(learned: Any) -> Any:
    """What a snapshot gave, as a restart would find it: plain values."""
    return msgspec.msgpack.decode(b"".join(pieces(learned)))
