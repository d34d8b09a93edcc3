"""Server-sent events from bytes as they come, the same wherever the bytes are split.

Of an event only its data counts: names, ids, comments and retry times carry nothing that an answer needs.
Source: WHATWG HTML, 9.2.6 "Interpreting an event stream".
"""

import re

from pantler.core.errors import ProviderError

DONE = b"[DONE]"  # the data of the last event of a complete stream, in OpenAI's manner
LINE_END = re.compile(rb"\r\n|\r|\n")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Decoder:
    """Takes the bytes of one stream; an event that is not ended by an empty line is never given out.

    An event of more than `max_bytes` raises ProviderError, after which the decoder is of no more use.
    """

    def __init__(self, max_bytes: int = 8 << 20) -> None:
        self.max_bytes = max_bytes
        self._line = bytearray()  # what has come of a line without its end
        self._data: list[bytes] = []  # the data lines of an event without its end
        self._size = 0
        self._after_return = False  # a line feed that comes next belongs to the line end before
        self._begins = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of each event that `chunk` completes."""
        if not chunk:
            return []
        swallow = self._after_return and chunk.startswith(b"\n")
        self._after_return = chunk.endswith(b"\r")
        *lines, rest = LINE_END.split(chunk[1:] if swallow else chunk)
        events: list[bytes] = []
        for line in lines:
            self._take(bytes(self._line) + line if self._line else line, events)
            self._line.clear()
        self._line += rest
        self._check()
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if self._begins:
            line, self._begins = line.removeprefix(BYTE_ORDER_MARK), False
        if line.startswith(b"data:"):
            self._add(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line == b"data":
            self._add(b"")
        elif not line and self._data:
            events.append(b"\n".join(self._data))
            self._data, self._size = [], 0

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value) + 1  # its line feed
        self._check()

    def _check(self) -> None:
        if self._size + len(self._line) > self.max_bytes:
            raise ProviderError(
                f"an event of the upstream's stream is larger than {self.max_bytes} bytes; is its base_url right?",
                kind="garbage",
            )
