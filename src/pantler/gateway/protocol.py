"""The protocol of a connection: what can be answered at once is, all else goes to the app by way of uvicorn.

`bounded(Bounds(...), Repeats())` is a class for `uvicorn.Config(http=...)`; offers.py says what it and the app offer
each other.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pantler.core.outbox import Outbox
from pantler.gateway.heads import Bounds
from pantler.gateway.known_heads import Parted, parted
from pantler.gateway.offers import (
    EXTENSION,
    LEAVING,
    READING,
    WHOLE,
    Again,
    AtOnce,
    GoesStraight,
    Receives,
    never_at_once,
    never_straight,
    receives_nothing,
)
from pantler.gateway.owing import Owing
from pantler.gateway.repeats import LARGEST, Repeats
from pantler.gateway.whole import CLOSE, response
from pantler.gateway.wire import Fault

log = logging.getLogger("pantler.gateway")


def bounded(
    bounds: Bounds,
    repeats: Repeats,
    receives: Receives = receives_nothing,
    goes_straight: GoesStraight = never_straight,
) -> type["Protocol"]:
    """The protocol of one listener."""
    ways = {"receives": staticmethod(receives), "goes_straight": staticmethod(goes_straight)}
    kept = {"bounds": bounds, "repeats": repeats, "outbox": Outbox(), **ways}
    return type("BoundedProtocol", (Protocol,), kept)


class Protocol(Owing):
    """One connection."""

    repeats = Repeats()
    receives: Receives = staticmethod(receives_nothing)
    goes_straight: GoesStraight = staticmethod(never_straight)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._again = self.repeats.again  # which is found quicker here than by way of the class
        self._heads = self.repeats.heads
        self._number = 0  # of the request that is being read or answered
        self._raw: bytes | None = None  # the request that is being read or answered, as it came, if it is wanted
        self._head: Parted | None = None  # that of the request that came last
        self._held = b""  # a known head that came alone, with what has come of its body, not parsed yet
        self._held_bytes = 0  # of the whole request
        self._waiting: bytes | None = None  # the body of a request that may be answered at once, as far as it has come
        self._is_plain = False  # whether the request that is being read is one whose bytes may be known again
        self._was_tried = False  # whether what is parsed was found to need the long way
        self._reading: object = None  # what was then read of it

    def shutdown(self) -> None:
        if self._held:
            self._parse(self._unheld())
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        if not (self._in_head or self._in_body or self._pending or self.flow.write_paused):
            again = self._again.get(data)
            if self._is_taken(data) if again is None else self._is_repeated(data, again):
                return
        self._held = b""
        self._parse(data)
        self._was_tried, self._reading = False, None

    def _is_repeated(self, data: bytes, again: Again) -> bool:
        """Whether bytes that have come before are answered without being parsed."""
        try:
            answer = again()
        except Exception:  # whatever it is, the long way tells it
            log.exception("a request could not be answered again")
            answer = None
        if answer is None:
            self.repeats.forget(data)
            return False
        self._held = b""
        self._send(answer)
        return True

    def _is_taken(self, data: bytes) -> bool:
        """Whether bytes that have not come before are answered without being parsed, or held for the rest to come."""
        if self._held and len(data) < self._held_bytes:
            self._held = data
            return True
        head = self._head = parted(data, self._head)
        at_once = None if head is None else self._heads.get(head.head)
        return head is not None and at_once is not None and self._is_known(data, head, at_once)

    def _is_known(self, data: bytes, head: Parted, at_once: AtOnce) -> bool:
        """As `_is_taken`, where the head is known."""
        if head.end > min(LARGEST, self.bounds.body_bytes) or len(data) > head.end:
            return False
        if len(data) < head.end:
            if not self._held:
                self._disarm()
                self._unset_keepalive_if_required()
                self._arm(self.bounds.body_seconds)
            self._held, self._held_bytes = data, head.end
            return True
        self._raw = data
        self._number += 1
        return at_once is not never_at_once and self._is_hit(at_once, data[head.begin :])

    def _is_hit(self, at_once: AtOnce, body: bytes) -> bool:
        """Whether a body that has come whole is answered at once, or straight."""
        try:
            found = at_once(body, self._learn)
        except Exception:  # whatever it is, the long way tells it
            log.exception("a request could not be answered at once")
            found = None
        if isinstance(found, bytes):
            self._held = b""
            self._send(found)
            return True
        straight = None if found is None else self.goes_straight(found)
        if straight is not None:
            self._held = b""
            self._owe(straight)
            return True
        self._was_tried, self._reading = True, found
        return False

    def _learn(self, again: Again, kept_bytes: int) -> None:
        head = None if self._raw is None else parted(self._raw)
        if self._raw is not None and head is not None and head.end == len(self._raw):  # nothing else came with it
            self.repeats.learn(self._raw, again, kept_bytes)

    @property
    def _rests(self) -> bool:
        return self._is_idle and not self._held

    def _unheld(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _parse(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._is_idle:
            self._raw = data
        elif self._raw is not None:
            self._raw = self._raw + data if self._in_head or self._in_body else None
        if self._raw is not None and len(self._raw) > LARGEST:
            self._raw = None
        super().data_received(data)

    def _measure(self, data: bytes) -> None:
        if self._waiting is not None:  # the rest of its body may never come
            self._way()
            self._go_late(self._waiting)
        super()._measure(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._number += 1
        if self._begun > 1:
            self._raw = None

    def _begin(self) -> None:
        self._is_plain = self._may_come_again()
        if self._is_plain and not (self._pending or self._was_tried or self.flow.write_paused):
            self._waiting = b""
        else:
            self._go()

    def on_body(self, body: bytes) -> None:
        if self._waiting is None:
            super().on_body(body)
        else:
            self._waiting += body

    def on_message_complete(self) -> None:
        body = self._waiting
        if body is not None and self._is_received(body):
            self._waiting = None
            self._in_body = False
            return
        if body is not None:
            self._go_late(body)
        super().on_message_complete()

    def _is_received(self, body: bytes) -> bool:
        """Whether a request whose head was not known is answered at once."""
        at_once = self._way()
        return at_once is not None and len(body) <= LARGEST and self._is_hit(at_once, body)

    def _way(self) -> AtOnce | None:
        """How bodies that follow this head are answered at once, which is known from now on."""
        at_once = self.receives(self.url, self.scope["headers"])
        if at_once is not None and self._raw is not None:
            self.repeats.heads.learn(self._raw, at_once)
        return at_once

    def _go_late(self, body: bytes) -> None:
        """Give a request to the app that was kept back, with what has come of its body."""
        self._waiting = None
        self._go()
        if body:
            super().on_body(body)

    def _go(self) -> None:
        """Give the request to the app."""
        self.post()
        self._stop_sweeping()
        self._unset_keepalive_if_required()
        extensions: dict[str, Any] = {READING: self._reading}
        self._was_tried, self._reading = False, None
        if self._is_plain:
            extensions[EXTENSION] = {"remember": partial(self._remember, self._number)}
        self.scope["extensions"] = extensions
        super()._begin()
        extensions[WHOLE] = partial(self._whole, self.cycle)  # before the app begins, in a turn of its own
        extensions[LEAVING] = partial(self._tell, self.cycle)

    def _may_come_again(self) -> bool:
        """Whether a head leaves no doubt about what follows it, so that the same bytes will mean the same again."""
        parser = self.parser
        if parser.get_method() != b"POST" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        return not self.expect_100_continue and any(name == b"content-length" for name, _ in self.headers)

    def _remember(self, number: int, again: Again, kept_bytes: int) -> None:
        if self._raw is not None and number == self._number and not self._in_body:
            self.repeats.learn(self._raw, again, kept_bytes)

    def _whole(self, cycle: RequestResponseCycle, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        """Answer in one write, and end the cycle as `send` would; False where that has to do it."""
        if cycle.response_started or cycle.disconnected or self.flow.write_paused or cycle.scope["method"] == "HEAD":
            return False
        headers = [*headers, *self.server_state.default_headers]
        if not cycle.keep_alive:
            headers.append(CLOSE)
        answer = response(200, headers, body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(answer)
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def _refuse(self, fault: Fault) -> None:
        self.post()
        self._held, self._raw = b"", None
        super()._refuse(fault)

    def _late(self) -> None:
        if self._held:
            self._deadline = None
            self._refuse_slow_body()
        else:
            super()._late()
