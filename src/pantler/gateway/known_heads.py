"""Heads of requests that have come before, but for the digits of their length: who asks for what is known of them.

A head is looked up by its bytes, those before the digits and those after them. It has been parsed when it first came,
and other digits in their place mean another length and nothing else, so that nothing is parsed in a second way here.
"""

from typing import Final

from mypy_extensions import i64, mypyc_attr

from pantler.core.generations import Generations
from pantler.gateway.offers import AtOnce, never_at_once

HEAD_END: Final = b"\r\n\r\n"
LARGEST_HEAD: Final = 8 << 10
MOST_DIGITS: Final = 7
LENGTH: Final = b"\r\ncontent-length: "
LENGTH_END: Final = LENGTH[-7:]  # which is spelt alike by all
ZERO: Final = 48  # as a byte


@mypyc_attr(acyclic=True)
class Parted:
    """The bytes of a request: `head` without the digits of its length, which stood at `at`; where its body is."""

    __slots__ = ("at", "begin", "end", "head")

    def __init__(self, head: bytes, at: int, begin: int, end: int) -> None:
        self.head = head
        self.at = at
        self.begin = begin
        self.end = end


def parted(data: bytes, known: Parted | None = None) -> Parted | None:
    """Bytes that begin with a head; None where its length is not said in the usual way.

    Where they begin as `known` ones did, which most on a connection do, their head is not looked through again.
    """
    again = None if known is None else _like(data, known)
    return _parted(data) if again is None else again


def _like(data: bytes, known: Parted) -> Parted | None:
    """As `parted`; None where another head or no length stands there."""
    at: i64 = known.at
    most: i64 = min(len(data), at + MOST_DIGITS)
    length: i64 = 0
    stop: i64 = at
    while stop < most:
        digit: i64 = data[stop] - ZERO
        if digit < 0 or digit > 9:
            break
        length = 10 * length + digit
        stop += 1
    begin: i64 = stop + len(known.head) - at
    if stop == at or data[at] == ZERO or begin > len(data):
        return None
    head = data[:at] + data[stop:begin]
    if hash(head) != hash(known.head) or head != known.head:  # so that no time tells how far two heads are alike
        return None
    return Parted(known.head, at, begin, begin + length)


def _parted(data: bytes) -> Parted | None:
    end = data.find(HEAD_END, 0, LARGEST_HEAD)
    found = data.find(LENGTH_END, 0, end) if end > 0 else -1
    at = found + len(LENGTH_END)
    if found < 0 or at < len(LENGTH) or data[at - len(LENGTH) : at].lower() != LENGTH:
        return None
    stop = data.find(b"\r", at, end + 1)
    digits = data[at:stop]
    if len(digits) > MOST_DIGITS or not digits.isdigit() or digits[0] == ZERO:
        return None
    begin = end + len(HEAD_END)
    return Parted(data[:at] + data[stop:begin], at, begin, begin + int(digits))


class KnownHeads:
    """How the bodies that follow each head are answered at once; of at least the last `most` heads, and at most twice.

    Only heads of plain requests are learned, and only where their sender's key is known.
    """

    def __init__(self, most: int = 512) -> None:
        self._known: Generations[bytes, AtOnce] = Generations(most)

    def __len__(self) -> int:
        return len(self._known)

    def get(self, head: bytes) -> AtOnce | None:
        """How to answer what follows a head without the digits of its length, where it is known."""
        return self._known.renew(head)

    def learn(self, request: bytes, at_once: AtOnce = never_at_once) -> None:
        """From now on bodies are answered so that follow the head of this request, which has been parsed."""
        found = parted(request)
        if found is not None and (at_once is not never_at_once or self.get(found.head) is None):
            self._known.write(found.head, at_once)

    def clear(self) -> None:
        """All heads are parsed again when they come next."""
        self._known.clear()
