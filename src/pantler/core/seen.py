"""What the one who took an upstream's answer in has seen of it, for those who look at the same bytes next.

An answer is looked at four times on its way: whether it is one, what it took, whether it may be kept, what it says
against itself. All but the first find here what the first has read, as long as no other answer came in between, and
read for themselves where it is not there.
"""

from typing import Final

from mypy_extensions import mypyc_attr

from pantler.core.usage_shapes import Usage

LARGEST: Final = 1 << 20  # bytes of an answer that is remembered, which nothing else may hold by then


@mypyc_attr(acyclic=True)
class Seen:
    """An answer's usage; its service tier or ""; the text of its one choice, None where there is more to it.

    The latter is of a chat whose only choice is a text that has come to its end: no refusal, no call, no error.
    """

    __slots__ = ("text", "tier", "usage")

    def __init__(self, usage: Usage | None, tier: str, text: str | None) -> None:
        self.usage = usage
        self.tier = tier
        self.text = text


class _Latest:
    __slots__ = ("answer", "seen")

    def __init__(self, answer: bytes, seen: Seen | None) -> None:
        self.answer = answer
        self.seen = seen


_latest: Final = [_Latest(b"", None)]


def note(answer: bytes, seen: Seen) -> None:
    """This is what was seen of an answer that has come."""
    if len(answer) <= LARGEST:
        _latest[0] = _Latest(answer, seen)


def seen_of(answer: bytes) -> Seen | None:
    """What was seen of these very bytes, if they are the last that came."""
    latest = _latest[0]
    return latest.seen if latest.answer is answer else None
