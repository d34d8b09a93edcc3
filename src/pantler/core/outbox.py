"""What is written together on many connections, so that whoever has their other ends is woken once for all of it.

A write wakes whoever waits on the other end, by an interrupt where that runs on another processor; to one that is up
already it costs a fraction. So responses to requests that came together go out together too, as do the asks that they
led to.
"""

from collections.abc import Callable
from typing import Final, Protocol

TOGETHER: Final = 16  # connections; the first has waited by then for as long as the others took


class Sender(Protocol):
    """A connection that has something to send."""

    def post(self) -> None:
        """Send it."""
        ...


class Loop(Protocol):
    """What of an event loop is needed."""

    def call_soon(self, call: Callable[[], None], /) -> object:
        """Call it in the next turn."""
        ...


class Outbox:
    """Connections that send what they have at the end of the loop's turn, or once there are so many of them."""

    def __init__(self, most: int = TOGETHER) -> None:
        self._most = most
        self._waiting: list[Sender] = []

    def put(self, sender: Sender, loop: Loop) -> None:
        """The sender's `post` is called soon, at the latest in the loop's next turn."""
        waiting = self._waiting
        waiting.append(sender)
        if len(waiting) == 1:
            loop.call_soon(self._post)
        elif len(waiting) >= self._most:
            self._post()

    def _post(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sender in waiting:
            sender.post()
