"""A sketch's counters as plain values."""

from array import array
from typing import Any

import msgspec

from pantler.core.byte_sketch import ROW_BYTES, ByteSketch
from pantler.core.sketch import CountSketch, NibbleSketch, Sketch


class SketchState(msgspec.Struct, frozen=True, gc=False):
    """The table as bytes, and how many additions it has seen since it last aged."""

    kind: str
    table: bytes
    additions: int = 0


def sketch_state(sketch: Sketch) -> SketchState:
    """What a sketch remembers, its table as it goes on to be written: it may be as large as what is kept."""
    additions = sketch.additions if isinstance(sketch, NibbleSketch | ByteSketch) else 0
    table = sketch.table if isinstance(sketch, NibbleSketch | ByteSketch | CountSketch) else b""
    whole: Any = memoryview(table).cast("B")  # to msgspec the same as bytes
    return SketchState(type(sketch).__qualname__, whole, additions)


def restore_sketch(sketch: Sketch, kept: SketchState) -> None:
    """Let a sketch of the same kind remember what was kept."""
    if kept.kind != type(sketch).__qualname__:
        return
    if isinstance(sketch, CountSketch):
        sketch.table = array("I", kept.table)
        sketch.mask = len(sketch.table) // 4 - 1
    elif isinstance(sketch, NibbleSketch):
        sketch.table = bytearray(kept.table)
        sketch.mask = len(sketch.table) - 1
        sketch.additions = kept.additions
    elif isinstance(sketch, ByteSketch):
        sketch.table = bytearray(kept.table)
        sketch.mask = len(sketch.table) // ROW_BYTES - 1
        sketch.additions = kept.additions
