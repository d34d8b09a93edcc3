"""One JSON exchange with an upstream over HTTP, in which whatever goes wrong is a ProviderError in time.

Nothing is followed, unpacked or remembered: no redirect, no compression, no cookie, no proxy of the environment.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from io import BytesIO

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from pantler.core.asks import Ask, Endpoint
from pantler.core.errors import ConfigError, ProviderError
from pantler.providers._failures import CONNECTION, garbage, refusal, unanswered, unfinished

PASSED_ON = frozenset({"traceparent", "tracestate"})
ERROR_BYTES = 1 << 20  # of an upstream's error, more of which is cut off
SENT_AT_ONCE = 1 << 20  # a larger body is sent in parts, for other calls to have their turn
LAST_BYTES_SECONDS = 0.1  # to wait for the end of a body whose content is complete, for the connection to be kept


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
        self._base = _base(endpoint)
        self._urls: dict[str, URL] = {}
        self._headers = CIMultiDict({"Content-Type": "application/json", "Accept-Encoding": "identity"})
        self._headers.update({"User-Agent": "pantler"} | dict(headers))
        if endpoint.key:
            self._headers.setdefault("Authorization", f"Bearer {endpoint.key}")
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(self, path: str, body: bytes, ask: Ask, content_type: str) -> AsyncIterator["Answering"]:
        """The upstream's answer where its status and content type are as they should be; closed in every other case."""
        response = await self._answered(path, body, ask)
        answering = Answering(self, response, ask)
        try:
            await self._check(answering, content_type)
            yield answering
            await answering.last_bytes()
        finally:
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def patience(self, ask: Ask, seconds: float) -> float:
        """How long this step may take: so many seconds, at most to the ask's deadline."""
        return min(seconds, ask.deadline - self._clock())

    async def _answered(self, path: str, body: bytes, ask: Ask) -> aiohttp.ClientResponse:
        url = self._urls.get(path) or self._urls.setdefault(path, self._base / path)
        data = body if len(body) < SENT_AT_ONCE else BytesIO(body)
        seconds = self.patience(ask, self.endpoint.first_byte_seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._connections().post(url, data=data, headers=self._sent(ask), allow_redirects=False)
        except CONNECTION as error:
            raise unanswered(self.endpoint, error, seconds) from error

    async def _check(self, answering: "Answering", content_type: str) -> None:
        response = answering.response
        if response.status != 200:
            raise refusal(self.endpoint, response, await answering.start_of_body())
        if response.content_type != content_type:
            raise garbage(self.endpoint, f"content of type {response.content_type} where {content_type} was asked")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise garbage(self.endpoint, "a compressed answer, which was not asked")

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            connect = self.endpoint.connect_seconds
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _sent(self, ask: Ask) -> CIMultiDict[str]:
        passed = [(name, value) for name, value in ask.headers if name.lower() in PASSED_ON and value.isprintable()]
        if not passed:
            return self._headers
        headers = self._headers.copy()
        headers.update(passed)
        return headers


class Answering:
    """An answer as its bytes come."""

    def __init__(self, http: Http, response: aiohttp.ClientResponse, ask: Ask) -> None:
        self.response = response
        self._http = http
        self._ask = ask
        self._size = 0

    @property
    def is_framed(self) -> bool:
        """Whether a body that ends early is told from one that is complete."""
        return "Transfer-Encoding" in self.response.headers or "Content-Length" in self.response.headers

    async def chunk(self) -> bytes:
        """The next bytes; empty at the end."""
        http, content = self._http, self.response.content
        seconds = http.patience(self._ask, http.endpoint.between_chunks_seconds)
        try:
            chunk: bytes = content.read_nowait()  # what has come already needs no timer
            if seconds <= 0.0 or not (chunk or content.at_eof()):
                async with asyncio.timeout(seconds):
                    chunk = await content.readany()
        except CONNECTION as error:
            raise unfinished(http.endpoint, error, seconds) from error
        self._size += len(chunk)
        if self._size > http.max_answer_bytes:
            raise garbage(http.endpoint, f"more than {http.max_answer_bytes} bytes, the most that is read of an answer")
        return chunk

    async def body(self) -> bytes:
        """All the bytes."""
        chunks = []
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
        with suppress(*CONNECTION):
            async with asyncio.timeout(self._http.patience(self._ask, LAST_BYTES_SECONDS)):
                while not self.response.content.at_eof() and await self.response.content.readany():
                    pass


def _base(endpoint: Endpoint) -> URL:
    try:
        base = URL(endpoint.base_url)
    except ValueError:
        base = URL()
    if base.scheme not in {"http", "https"} or not base.host or base.user or base.query_string or base.fragment:
        shown = "an address with a password" if "@" in endpoint.base_url else repr(endpoint.base_url)
        raise ConfigError(
            f"model {endpoint.name!r}: base_url is {shown}; give the address up to the version, such as "
            "https://api.openai.com/v1, and the key by key_env"
        )
    return base
