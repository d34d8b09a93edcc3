import tracemalloc
from array import array
from typing import Any

import msgspec
import pytest

from pantler.core.pieces import FEW, PIECE_BYTES, Many, pieces


class State(msgspec.Struct):
    name: str
    values: Any


class Row(msgspec.Struct, array_like=True):
    number: int


def read(value: Any) -> Any:
    return msgspec.msgpack.decode(b"".join(pieces(value)))


@pytest.mark.parametrize("length", [0, 1, FEW, FEW + 1, 70_000])
def test_what_is_made_piece_by_piece_reads_like_what_is_encoded_whole(length: int) -> None:
    numbers = range(length)
    value = {
        "many": Many(lambda number: (number, Row(number), str(number)), numbers),
        "list": [*numbers],
        "map": {str(number): number for number in numbers},
        "state": State("some", (Many(float, numbers), bytes(length))),
        "table": memoryview(array("I", numbers)).cast("B"),
    }
    assert read(value) == {
        "many": [[number, [number], str(number)] for number in numbers],
        "list": [*numbers],
        "map": {str(number): number for number in numbers},
        "state": {"name": "some", "values": [[float(number) for number in numbers], bytes(length)]},
        "table": array("I", numbers).tobytes(),
    }


def test_many_values_within_a_long_container_are_encoded_too() -> None:
    assert read([Many(str, range(3))] * (FEW + 1)) == [["0", "1", "2"]] * (FEW + 1)


def test_the_whole_is_never_in_memory_twice() -> None:
    numbers, table = range(500_000), bytearray(8 * PIECE_BYTES)
    tracemalloc.start()
    try:
        sizes = [len(piece) for piece in pieces([Many(str, numbers), table])]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 16 * PIECE_BYTES
    assert max(sizes) <= 2 * PIECE_BYTES
    assert peak < 6 * PIECE_BYTES
