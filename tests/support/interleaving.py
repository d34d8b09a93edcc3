"""Two threads' work interleaved at every step at which one may be stopped, always in the same way."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def between_steps(work: Callable[[], object], act: Callable[[], object]) -> None:
    """Do `work`, and before each of pantler's bytecodes in it `act`, as a thread might that comes in there."""

    def stop(frame: FrameType, event: str, _: Any) -> Any:
        if "/pantler/" not in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            act()
        return stop

    before = sys.gettrace()
    sys.settrace(stop)
    try:
        work()
    finally:
        sys.settrace(before)
