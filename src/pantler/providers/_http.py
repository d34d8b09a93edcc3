"""One JSON exchange with an upstream over HTTP, in which whatever goes wrong is a ProviderError in time.

Nothing is followed, unpacked or remembered: no redirect, no compression, no cookie. The proxies that the environment
names are not used, and a warning says so where they would be by others.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers._connection import Connection
from pantler.providers._connections import Address, Connections
from pantler.providers._failures import CONNECTION, garbage, patience, refusal, unanswered, unasked, unfinished

PASSED_ON: Final = frozenset({"traceparent", "tracestate"})
NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # of a header
FRAMING: Final = frozenset({"connection", "content-length", "transfer-encoding"})
PORTS: Final = {"http": 80, "https": 443}
ERROR_BYTES: Final = 1 << 20  # of an upstream's error, more of which is cut off
LAST_BYTES_SECONDS: Final = (
    0.1  # to wait for the end of a body whose content is complete, for the connection to be kept
)
LOCAL: Final = ("localhost", "127.", "::1")

log = logging.getLogger("pantler.providers")


class Http:
    """The connections to one endpoint; `max_answer_bytes` bounds what is read of one answer."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        headers: Mapping[str, str],
        max_answer_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint = endpoint
        self.max_answer_bytes = max_answer_bytes
        self.clock = clock
        base = _base(endpoint)
        self._path = quote(base.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
        self._heads: dict[str, bytes] = {}  # by path: all that is the same in every ask
        self._fixed = _fixed(endpoint, base, headers)
        host = base.hostname or ""
        address = Address(host, base.port or PORTS[base.scheme], base.scheme == "https")
        self._connections = Connections(address, endpoint.connect_seconds)
        warn_of_proxy(base.scheme, host)

    async def whole(self, path: str, body: bytes, ask: Ask) -> bytes:
        """The upstream's whole answer in JSON, by GET where the body is empty.

        The connection is closed where it did not come to its end.
        """
        answering = await self.answering(path, body, ask, b"application/json")
        try:
            come = answering.come()  # most often it has come with its head
            return await answering.body() if come is None else come
        finally:
            answering.end()

    def streamed(self, path: str, body: bytes, ask: Ask) -> "Streamed":
        """The upstream's answer as events; the connection is closed where they were not read to their end."""
        return Streamed(self.answering(path, body, ask, b"text/event-stream"))

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    async def answering(self, path: str, body: bytes, ask: Ask, content_type: bytes) -> "Answering":
        """An answer whose head is as it should be."""
        answering = Answering(self, self._connections, await self._asked(path, body, ask), ask.deadline)
        if ask.head_came is not None:
            ask.head_came()
        try:
            if answering.status != 200:
                raise refusal(self.endpoint, answering.status, answering.headers, await answering.start_of_body())
            found = answering.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if found != content_type:
                body = await answering.start_of_body() if found == b"application/json" else b""
                raise unasked(self.endpoint, found, content_type, body)
            if answering.headers.get(b"content-encoding", b"identity") != b"identity":
                raise garbage(self.endpoint, "a compressed answer, which was not asked")
        except BaseException:
            answering.end()
            raise
        return answering

    async def _asked(self, path: str, body: bytes, ask: Ask) -> Connection:
        """A connection on which the head of the answer has come."""
        waits = patience(self.endpoint.first_byte_seconds, ask.deadline - self.clock())
        head = self._head(path, len(body), ask)
        kept = self._connections.kept()
        due = waits.seconds + (asyncio.get_running_loop().time() if kept is None else kept.now())
        try:
            if kept is not None:
                try:
                    await kept.ask(head, body, due)
                    return kept
                except ConnectionError:
                    if not (kept.was_stale and _may_repeat(ask)):
                        raise
            opened = await self._connections.opened(waits.seconds)
            await opened.ask(head, body, due)
            return opened
        except CONNECTION as error:
            raise unanswered(self.endpoint, error, waits) from error

    def _head(self, path: str, size_bytes: int, ask: Ask) -> bytes:
        fixed = self._heads.get(path)
        if fixed is None:
            line = f"{'POST' if size_bytes else 'GET'} {self._path}/{path} HTTP/1.1\r\n".encode()
            fixed = self._heads[path] = line + self._fixed + b"Content-Length: "
        return b"%b%d\r\n%b\r\n" % (fixed, size_bytes, _passed_on(ask) if ask.headers else b"")


def _may_repeat(ask: Ask) -> bool:
    """Whether the ask may be sent once more, which is then counted."""
    if ask.repeats is None:
        return True
    if not ask.repeats.may_repeat:
        return False
    ask.repeats.repeated()
    return True


class Answering:
    """An answer as its bytes come, to be ended whatever became of it."""

    __slots__ = ("_connection", "_connections", "_deadline", "_http", "_size", "headers", "status")

    def __init__(self, http: Http, connections: Connections, connection: Connection, deadline: float) -> None:
        self.status = connection.status
        self.headers = connection.headers
        self._http = http
        self._connections = connections
        self._connection = connection
        self._deadline = deadline
        self._size = 0

    @property
    def is_framed(self) -> bool:
        """Whether a body that ends early is told from one that is complete."""
        return self._connection.is_framed

    async def chunk(self) -> bytes:
        """The next bytes; empty at the end."""
        endpoint = self._http.endpoint
        waits = patience(endpoint.between_chunks_seconds, self._deadline - self._http.clock())
        try:
            if waits.seconds <= 0.0:
                raise TimeoutError
            chunk = await self._connection.chunk(self._connection.now() + waits.seconds)
        except CONNECTION as error:
            raise unfinished(endpoint, error, waits) from error
        return self._measured(chunk)

    def _measured(self, chunk: bytes) -> bytes:
        """The chunk, unless it makes the answer too large."""
        self._size += len(chunk)
        most = self._http.max_answer_bytes
        if self._size > most:
            raise garbage(self._http.endpoint, f"more than {most} bytes, the most that is read of an answer")
        return chunk

    def come(self) -> bytes | None:
        """All the bytes, if they have come."""
        connection = self._connection
        return self._measured(connection.taken()) if connection.is_complete else None

    async def body(self) -> bytes:
        """All the bytes."""
        connection = self._connection
        first = await self.chunk()
        if connection.has_ended:
            return first
        chunks = [first]
        while chunk := await self.chunk():
            chunks.append(chunk)
        return b"".join(chunks)

    async def start_of_body(self) -> bytes:
        """The bytes of an error, as far as they came."""
        chunks: list[bytes] = []
        with suppress(ProviderError):
            while sum(map(len, chunks)) < ERROR_BYTES and (chunk := await self.chunk()):
                chunks.append(chunk)
        return b"".join(chunks)[:ERROR_BYTES]

    async def last_bytes(self) -> None:
        """Read what follows content that is complete, if it comes at once."""
        due = self._connection.now() + min(LAST_BYTES_SECONDS, self._deadline - self._http.clock())
        with suppress(*CONNECTION):
            while not self._connection.is_complete and await self._connection.chunk(due):
                pass

    def end(self) -> None:
        """Nothing more is read."""
        self._connections.give_back(self._connection)


class Streamed:
    """Around the reading of an answer whose content says where it ends."""

    __slots__ = ("_answering", "_asked")

    def __init__(self, asked: "Awaitable[Answering]") -> None:
        self._asked = asked
        self._answering: Answering

    async def __aenter__(self) -> Answering:
        self._answering = await self._asked
        return self._answering

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self._answering.last_bytes()
        finally:
            self._answering.end()


def _passed_on(ask: Ask) -> bytes:
    """The lines of those of the ask's headers that may go on, and are plain text."""
    passed = [(name, value) for name, value in ask.headers if name.lower() in PASSED_ON]
    return b"".join([_line(name, value) for name, value in passed if value.isascii() and value.isprintable()])


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def _fixed(endpoint: Endpoint, base: SplitResult, given: Mapping[str, str]) -> bytes:
    """The lines of the headers that go with every ask; ConfigError for one that is none."""
    lines = {
        "host": ("Host", base.netloc.lower()),
        "content-type": ("Content-Type", "application/json"),
        "accept": ("Accept", "*/*"),
        "accept-encoding": ("Accept-Encoding", "identity"),
        "user-agent": ("User-Agent", "pantler"),
    }
    if endpoint.key:
        lines["authorization"] = ("Authorization", f"Bearer {endpoint.key}")
    lines.update((name.lower(), (name, value)) for name, value in given.items())
    for name, value in lines.values():
        if not NAME.fullmatch(name) or name.lower() in FRAMING or not (value.isascii() and value.isprintable()):
            shown = "its key" if name == "Authorization" else f"the header {name!r}"
            raise ConfigError(
                f"model {endpoint.name!r}: {shown} cannot be sent as it is; give plain ASCII without line breaks, and "
                f"leave {', '.join(sorted(FRAMING))} to pantler"
            )
    return b"".join([_line(name, value) for name, value in lines.values()])


def _base(endpoint: Endpoint) -> SplitResult:
    text = endpoint.base_url
    try:
        base = urlsplit(text)
        is_one = base.scheme in PORTS and bool(base.hostname) and base.port != 0
    except ValueError:
        base, is_one = SplitResult("", "", "", "", ""), False
    plain = text.isascii() and text.isprintable() and " " not in text
    if not is_one or not plain or "@" in base.netloc or base.query or base.fragment:
        shown = "an address with a password" if "@" in text else repr(text)
        raise ConfigError(
            f"model {endpoint.name!r}: base_url is {shown}; give the address up to the version, such as "
            "https://api.openai.com/v1, and the key by key_env"
        )
    return base


@cache
def warn_of_proxy(scheme: str, host: str) -> None:
    """Say once of each host that the environment's proxy, by which other clients would reach it, is not used."""
    proxies = getproxies()
    if (scheme in proxies or "all" in proxies) and not host.startswith(LOCAL) and not proxy_bypass(host):
        log.warning(
            "the environment names a proxy, which is not used: %s is connected to directly; where that is not "
            "possible give the address of a forwarding server as base_url, or add the host to NO_PROXY",
            host,
        )
