"""Keys and tables by key as plain values that msgspec encodes, for snapshots of what was learned."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import msgspec

from pantler.core.recent import Recent

KEY_BYTES = 16

LIST = b"\xdd"  # whose length follows in four bytes

Table = list[tuple[bytes, float, int]]


def packed(key: Hashable) -> bytes:
    """A key of up to 128 bits as bytes."""
    assert isinstance(key, int)
    return key.to_bytes(KEY_BYTES)


def encoded_list(values: Iterable[Any]) -> msgspec.Raw:
    """A list as msgpack has it, encoded value by value, so that no two of them need be in memory at a time."""
    encoded = bytearray()
    append_list(values, encoded)
    return msgspec.Raw(encoded)


def append_list(values: Iterable[Any], encoded: bytearray) -> None:
    """Encode a list likewise at the end of what is encoded already."""
    encode_into = msgspec.msgpack.Encoder().encode_into
    start = len(encoded)
    encoded += LIST + bytes(4)
    number = 0
    for value in values:
        encode_into(value, encoded, -1)
        number += 1
    encoded[start + 1 : start + 5] = number.to_bytes(4)


def packed_table(table: Mapping[Hashable, tuple[float, int]]) -> Table:
    """A table of sums and counts by key, in its order."""
    return [(packed(key), total, count) for key, (total, count) in list(table.items())]


def unpacked_table(rows: Any) -> Recent[Hashable, tuple[float, int]]:
    """The table that `packed_table` made them of; raises msgspec.ValidationError for anything else."""
    return Recent((int.from_bytes(key), (total, count)) for key, total, count in msgspec.convert(rows, Table))


def as_kept(learned: Any) -> Any:
    """What a snapshot gave, as a restart would find it: bytes that were encoded beforehand are values again."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(learned))
