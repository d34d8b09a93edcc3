"""A request's body, whole and bounded."""

from pantler.core.errors import ClientLeft
from pantler.gateway.exchange import Exchange
from pantler.gateway.parsing import parse
from pantler.gateway.replies import Refused, fault
from pantler.gateway.wire import Fault


async def whole_body(exchange: Exchange, most_bytes: int) -> bytes:
    """All of the body; Refused beyond `most_bytes`, before it is read where its length says so."""
    declared = exchange.head.get(b"content-length", b"")
    if declared.isdigit() and int(declared[:20]) > most_bytes:
        raise too_large(most_bytes)
    message = await exchange.receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        return await _gathered(exchange, body, most_bytes)
    if message["type"] == "http.disconnect":
        raise ClientLeft("the client closed the connection before its request was complete")
    if len(body) > most_bytes:
        raise too_large(most_bytes)
    return body


async def _gathered(exchange: Exchange, begun: bytes, most_bytes: int) -> bytes:
    parts, size, more = [begun], len(begun), True
    while more:
        if size > most_bytes:
            raise too_large(most_bytes)
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft("the client closed the connection before its request was complete")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
    if size > most_bytes:
        raise too_large(most_bytes)
    return b"".join(parts)


def misread(body: bytes, error: Exception) -> str:
    """What is wrong with a body that cannot be decoded; where it is no JSON object, in the words of all requests."""
    found = parse(body)
    return found.message if isinstance(found, Fault) else f"the body cannot be taken: {error}"


def too_large(most_bytes: int) -> Refused:
    """A body beyond the cap."""
    said = f"the body is longer than {most_bytes} bytes; send less at a time"
    return Refused(fault(413, "body_too_large", said), [(b"connection", b"close")])
