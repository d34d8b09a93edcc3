"""What goes back to a client: whole answers, streamed ones, errors."""

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pantler.core.errors import PantlerError
from pantler.gateway.wire import Fault

Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Scope = dict[str, Any]

JSON = (b"content-type", b"application/json")
NOT_STORED = (b"cache-control", b"no-store")
NANO_PER_DOLLAR = 1_000_000_000
MOST_SUMS = 4096  # that are kept as text: an answer that is served often saves the same each time


class Refused(PantlerError):
    """A request that is answered with an error, and the headers that go with it.

    `body` is the upstream's own words, where they are to stay what they were.
    """

    def __init__(self, fault: Fault, headers: Iterable[tuple[bytes, bytes]] = (), body: bytes = b"") -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.headers = headers
        self.body = body


async def reply(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """A whole answer, with its length."""
    headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, refused: Refused, headers: Headers, worded: Callable[[Fault], bytes]) -> None:
    """An error in the shape that `worded` gives it."""
    await reply(send, refused.fault.status, *worded_refusal(refused, headers, worded))


def worded_refusal(refused: Refused, headers: Headers, worded: Callable[[Fault], bytes]) -> tuple[Headers, bytes]:
    """The headers and the body of an error."""
    return [JSON, *headers, *refused.headers], refused.body or worded(refused.fault)


def fault(status: int, code: str, message: str, param: str | None = None) -> Fault:
    """A fault whose family follows from its status."""
    return Fault(status, code, message, kind=KINDS.get(status, _family(status)), param=param)


def _family(status: int) -> str:
    return "api_error" if status >= 500 else "invalid_request_error"


KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


@lru_cache(MOST_SUMS)
def dollars(nano: int | None) -> bytes:
    """Money as a header says it: US dollars to the nano-dollar; `unpriced` where no price is known."""
    if nano is None:
        return b"unpriced"
    whole, rest = divmod(abs(nano), NANO_PER_DOLLAR)
    return b"%s%d.%09d" % (b"-" if nano < 0 else b"", whole, rest)


def shown(text: str) -> bytes:
    """A name as a header may say it, whatever is in it."""
    return (text if text.isascii() and text.isprintable() else quote(text)).encode()
