"""A whole response: its status line, and what it refuses to write."""

import pytest

from pantler.gateway.whole import response


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (200, b"HTTP/1.1 200 OK"),
        (404, b"HTTP/1.1 404 Not Found"),
        (430, b"HTTP/1.1 430 "),
        (498, b"HTTP/1.1 498 "),
        (599, b"HTTP/1.1 599 "),
    ],
)
def test_a_status_is_written_with_its_name_or_with_none(status: int, line: bytes) -> None:
    assert response(status, [(b"a", b"b")], b"{}") == line + b"\r\na: b\r\ncontent-length: 2\r\n\r\n{}"


def test_a_header_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        response(200, [(b"a", b"b\r\nc: d")], b"")
