"""An event loop whose time stands still but where it would wait, and then jumps."""

import asyncio
import selectors
from typing import Any


class Jumping(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events and timeout is None:
            raise RuntimeError("nothing will ever happen")
        self.now += 0.0 if events else max(timeout or 0.0, 0.0)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


class Resting(selectors.DefaultSelector):
    """Counts what a loop waits for in vain: the seconds for which it rests until its next timer, and nothing comes."""

    rested = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(timeout)
        if not events:
            self.rested += max(timeout or 0.0, 0.0)
        return events
