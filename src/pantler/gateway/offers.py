"""What the protocol of a connection and the app offer each other beside ASGI.

On an exact hit the app may call `scope["extensions"]["pantler.repeat"]["remember"](again, kept_bytes)`, where that is
there. When the same bytes come again, `again()` does all that a full hit does (key valid now, limits, `engine.look`,
expiry, counters, ledger row) and returns the whole response, or None, having counted nothing, for the request to go
the long way.

A whole answer of status 200 it may hand over by `scope["extensions"]["pantler.whole"](headers, body)`, which writes it
in one go where `send` writes twice, each time a system call that wakes the client; False where only `send` will do.

By `scope["extensions"]["pantler.leaving"](told)` the app asks to be told when the client goes before it has its whole
response, which `receive` tells too, to a task that does nothing but wait for it.

A plain POST that has come whole is not given to the app before `receives(path, headers)` was asked for a way to answer
it at once. That way is called with the body and with `remember`; it does all that a full hit does and returns the whole
response; or, having counted nothing, what it has read, which the app finds as `scope["extensions"]["pantler.reading"]`.
The way is called again with the body of every request that has the same head, until it is told to forget it.

What was read is not given to the app where `goes_straight(reading)` gives a `Straight`: then that is told to go, with
what takes its answer, at once or once it has one, and to stop when the client goes before.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

EXTENSION = "pantler.repeat"
WHOLE = "pantler.whole"
READING = "pantler.reading"
LEAVING = "pantler.leaving"

Again = Callable[[], bytes | None]
Leaving = Callable[[Callable[[], object]], None]
Remember = Callable[[Again, int], None]  # with how many bytes it keeps
AtOnce = Callable[[bytes, Remember], object]
Receives = Callable[[bytes, Iterable[tuple[bytes, bytes]]], AtOnce | None]

Answer = Callable[[bytes], None]  # takes a whole response


class Straight(Protocol):
    """A request that is answered without a task of its own; none of this raises anything."""

    def go(self, answer: Answer) -> None:
        """Have it answered: `answer` is called once at most, not at all where the client has gone."""
        ...

    def stop(self) -> None:
        """The client has gone."""
        ...


GoesStraight = Callable[[object], Straight | None]


def receives_nothing(path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """All goes to the app."""


def never_straight(reading: object) -> None:
    """All goes to the app."""


def never_at_once(body: bytes, remember: Remember) -> None:
    """This goes to the app."""
