"""What a request's head says, and must not say, so that no two readers of it disagree where it ends or who sent it."""

import re
from collections.abc import Iterable

import msgspec

from pantler.gateway.wire import Fault

Headers = list[tuple[bytes, bytes]]

ONCE = (b"host", b"authorization", b"content-length", b"transfer-encoding", b"content-encoding", b"content-type")
DIGITS = re.compile(rb"[0-9]{1,18}")


class Bounds(msgspec.Struct, frozen=True):
    """What a client may send, and how long it may take, or may take nothing of what it is sent."""

    header_bytes: int = 64 << 10
    header_count: int = 100
    body_bytes: int = 10_000_000
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    unread_seconds: float = 30.0


def wrong(headers: Headers, bounds: Bounds, version: str) -> Fault | None:
    """What is wrong with a head that has been parsed, its names in small letters; None where nothing is."""
    if len(headers) > bounds.header_count:
        return head_too_large(bounds)
    named = dict(headers)
    if len(named) < len(headers):
        names = [name for name, _ in headers]
        twice = next((name.decode() for name in ONCE if names.count(name) > 1), None)
        if twice is not None:
            return Fault(400, "repeated_header", f"the header {twice!r} is given more than once; send it once")
    if b"host" not in named and version != "1.0":
        return Fault(400, "missing_host", "the request has no Host header, which HTTP/1.1 demands")
    return _wrong_body(named, bounds)


def read(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """What a head says by name; of one that has several lines all values in their order, as one (RFC 9110, 5.3)."""
    said: dict[bytes, bytes] = {}
    for name, value in headers:
        said[name] = said[name] + b", " + value if name in said else value
    return said


def _wrong_body(named: dict[bytes, bytes], bounds: Bounds) -> Fault | None:
    if b"transfer-encoding" in named and named[b"transfer-encoding"].lower() != b"chunked":
        return Fault(400, "unknown_transfer_encoding", "the only Transfer-Encoding that is understood is chunked")
    if named.get(b"content-encoding", b"identity").lower() != b"identity":
        return Fault(415, "compressed_body", "bodies are not decompressed; send it without Content-Encoding")
    length = named.get(b"content-length", b"0")
    if not DIGITS.fullmatch(length) or int(length) > bounds.body_bytes:
        return body_too_large(bounds)
    return None


def size_bytes(headers: Headers) -> int:
    """What the headers of a head occupy."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def head_too_large(bounds: Bounds) -> Fault:
    """More headers, or longer ones, than are read."""
    return Fault(
        431,
        "head_too_large",
        f"there are more than {bounds.header_count} headers, or with the path they are longer than "
        f"{bounds.header_bytes} bytes; send less",
    )


def body_too_large(bounds: Bounds) -> Fault:
    """A longer body than is read."""
    return Fault(413, "body_too_large", f"the body is longer than {bounds.body_bytes} bytes; send less at a time")
