"""Clients: one connection that measures, or many at once."""

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

from servers import Server


def request(server: Server, prompt: str, **fields: object) -> bytes:
    """As it goes over the wire."""
    asked = {"model": server.model, "messages": [{"role": "user", "content": prompt}], **fields}
    body = json.dumps(asked).encode()
    place = urlsplit(server.url)
    headers = "".join(f"{name}: {value}\r\n" for name, value in server.headers.items())
    head = f"POST {place.path}/chat/completions HTTP/1.1\r\nhost: {place.netloc}\r\ncontent-type: application/json\r\n"
    return f"{head}{headers}content-length: {len(body)}\r\n\r\n".encode() + body


class Connection:
    """One that stays open; streams are read to their end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        place = urlsplit(server.url)
        self._socket = socket.create_connection((place.hostname, place.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def first_byte_seconds(self, prompt: str) -> float:
        """From the request to the first event's first byte."""
        self._socket.sendall(request(self._server, prompt, stream=True))
        began, came, first = time.perf_counter(), b"", None
        while b"data: [DONE]\n\n" not in came:
            came += self._socket.recv(65536)
            if first is None and b"data: " in came:
                first = time.perf_counter() - began
        while b"transfer-encoding" in came.lower() and not came.endswith(b"0\r\n\r\n"):
            came += self._socket.recv(65536)
        assert first is not None
        return first

    def close(self) -> None:
        """Let go."""
        self._socket.close()


async def ask_at_once(server: Server, prompts: list[str], *, leaves: int = 0, **fields: object) -> list[bytes]:
    """All on connections of their own, opened before the first asks; the first `leaves` of them leave half-way."""
    place = urlsplit(server.url)
    opened = [await asyncio.open_connection(place.hostname, place.port) for _ in prompts]
    for (_, writer), prompt in zip(opened, prompts, strict=True):
        writer.write(request(server, prompt, **fields))
        await writer.drain()
    await asyncio.sleep(0.3)
    for _, writer in opened[:leaves]:
        writer.close()
    answers = await asyncio.gather(*(_answer(reader) for reader, _ in opened[leaves:]))
    for _, writer in opened[leaves:]:
        writer.close()
    return answers


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(size.partition(b":")[2]))
