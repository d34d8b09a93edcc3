"""A whole response as it goes over the wire."""

import http
from collections.abc import Iterable
from functools import cache
from typing import Final

CLOSE: Final = (b"connection", b"close")
OK: Final = b"HTTP/1.1 200 OK"


def response(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Its bytes; ValueError where a header would be more than one line."""
    lines = [OK if status == 200 else b"HTTP/1.1 %d %s" % (status, _phrase(status))]
    lines += [b"%s: %s" % header for header in headers]
    lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    if head.count(b"\n") >= len(lines) or head.count(b"\r") >= len(lines):
        raise ValueError("a header holds a line break")
    return b"%s\r\n\r\n%s" % (head, body)


@cache
def _phrase(status: int) -> bytes:
    """What the status is called; nothing, as HTTP allows, for an upstream's own that has no name."""
    try:
        return http.HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
