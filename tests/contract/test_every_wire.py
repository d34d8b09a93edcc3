import json
from typing import Any

import pytest

from pantler.gateway import wires
from pantler.gateway.query_key import HARMLESS
from pantler.gateway.wire import Fault, Request, Wire

WIRES = wires.found()
every_wire = pytest.mark.parametrize("wire", WIRES, ids=[wire.operation for wire in WIRES])


def test_no_two_wires_share_a_path_or_an_operation() -> None:
    assert len({wire.path for wire in WIRES}) == len({wire.operation for wire in WIRES}) == len(WIRES)


@every_wire
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"model": NaN}',
        b'{"model": "\xff"}',
        b'{"model": "\\ud800"}',
        b'{"model": 1e999}',
        b'{"model": ' + b"9" * 5000 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b"\xef\xbb\xbf{}",
        b'{"model": "m"} {}',
        b"x" * 20_000_000,
        b'{"model": "\x00"}',
        b'"' * 1_000_001,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_bad_body_is_a_fault_that_helps(wire: Wire, body: bytes) -> None:
    fault = wire.read(body)
    assert isinstance(fault, Fault)
    assert fault.status == 400
    shown = json.loads(wire.error(fault))["error"]
    assert shown["code"]
    assert len(shown["message"]) > 20


@every_wire
def test_reading_is_the_same_whatever_the_white_space(wire: Wire) -> None:
    fields: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}], "prompt": "x", "input": "x"}
    one, other = wire.read(json.dumps(fields).encode()), wire.read(json.dumps(fields, indent=2).encode())
    assert isinstance(one, Request)
    assert isinstance(other, Request)
    assert one.fields == other.fields == fields


@every_wire
def test_a_wire_knows_the_fields_that_every_key_leaves_out_or_they_are_unknown(wire: Wire) -> None:
    assert {"model", "user"} <= wire.known
    assert wire.events is None or {"stream", "stream_options"} <= wire.known & HARMLESS
