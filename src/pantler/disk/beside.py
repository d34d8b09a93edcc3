"""Keeps a thread on the processor on which another runs, so that it waits for the interpreter without being woken.

A loop gives the interpreter up for a moment at everything that comes. Who waits for it on another processor is woken
each time, and finds it taken again: a switch of both for nothing. On the same processor it runs when the loop rests or
its time is up. Linux alone can do so; elsewhere threads run where they run.
"""

import os
from contextlib import suppress
from pathlib import Path
from threading import get_native_id

PLACE = 36  # of the processor among what follows a thread's name, as proc(5) numbers them


class Beside:
    """Made by the thread that is to be followed, then called by the one that follows."""

    def __init__(self) -> None:
        self._stat: Path | None = Path(f"/proc/self/task/{get_native_id()}/stat")
        self._everywhere: set[int] = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        self._at = -1

    def follow(self) -> None:
        """Be where the other thread is now; anywhere again where that cannot be known."""
        if self._stat is None:
            return
        try:
            at = int(self._stat.read_bytes().rpartition(b")")[2].split()[PLACE])
            if at != self._at and self._everywhere:
                os.sched_setaffinity(0, (at,))
                self._at = at
        except OSError:  # the thread has ended, or this system has no such file or does not let us
            self._stat = None
            if self._at >= 0:
                with suppress(OSError):  # none of them is left to this process
                    os.sched_setaffinity(0, self._everywhere)
