"""What the gateway needs of an API's shape: how requests are read, how answers are put together, how errors look."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec

from pantler.gateway.demands import Demand
from pantler.gateway.requests import Request

__all__ = ["MOST_DEPTH", "Events", "Fault", "Request", "Wire"]

MOST_DEPTH = 64  # levels of brackets in a body


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Why a request cannot be answered: an HTTP status, a code for programs, a sentence that helps.

    `kind` is the family of the error in the words of OpenAI's API, `param` the field that is at fault.
    """

    status: int
    code: str
    message: str
    kind: str = "invalid_request_error"
    param: str | None = None


class Events(Protocol):
    """How a wire writes an answer that is streamed."""

    end: bytes  # what follows the last event of a complete answer

    def event(self, piece: bytes, *, with_usage: bool) -> bytes:
        """A piece as it goes to the client, empty where it only says what the client did not ask for: its usage."""
        ...

    def remark(self, lines: Iterable[bytes]) -> bytes:
        """Lines beside the pieces, which clients pass over."""
        ...


class Wire(Protocol):
    """The shape of one operation of an API; a file in wires/ holds one as its class."""

    path: str  # where clients post it
    operation: str
    known: frozenset[str]  # the request fields whose meaning is known; all are part of the key but the harmless ones
    schema: dict[str, Any]  # of a request, as JSON Schema
    demands: dict[str, Demand]  # of its fields, by that schema
    sampled: bool  # whether an answer is drawn by chance, so that a temperature matters
    events: Events | None  # None: answers are never streamed

    def read(self, body: bytes, most_depth: int = MOST_DEPTH) -> Request | Fault:
        """What a client's body of so many levels at most asks; whatever it holds, no exception is raised."""
        ...

    def join(self, pieces: Sequence[bytes]) -> bytes:
        """The whole answer that the pieces of a stream make up, its usage too; ProviderError where they make none."""
        ...

    def split(self, whole: bytes) -> list[bytes]:
        """The pieces in which a whole answer is streamed, the last one its usage where it has any."""
        ...

    def flaw(self, request: Request, whole: bytes, *, tool_calls: bool = False) -> str | None:
        """Why a whole answer may not be kept, None where it may; `tool_calls` lets one be kept that calls tools."""
        ...

    def error(self, fault: Fault) -> bytes:
        """The body that tells a client of a fault, or the piece that ends its stream."""
        ...
