"""The two clocks of a process."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pantler.gateway.clock import SteadyClock


@dataclass(frozen=True)
class Clocks:
    """`wall` gives seconds since the epoch, unmoved by jumps of the system's clock; `monotonic` those of deadlines."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = field(default_factory=lambda: SteadyClock(time.time, time.monotonic))
