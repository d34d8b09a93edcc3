"""Requests whose very bytes have come before, answered without being parsed again.

The bytes of a whole request, from its first to its last, are the key: head and body, so the credential too. They are
compared exactly, and they have been parsed when they first came, so that nothing is parsed in a second way here.
"""

from collections import OrderedDict
from typing import Final

from pantler.gateway.known_heads import KnownHeads
from pantler.gateway.offers import Again

LARGEST: Final = 64 << 10  # bytes of one request
EACH: Final = 2048  # bytes about an `Again`, measured


class Repeats:
    """What to do when the same bytes come again, or the same head; bounded in bytes, the oldest leaving first.

    Whoever keeps it clears it when a key is revoked or the policy changes; an `Again` sees for itself whether its
    answer is still stored, and in time, and within the tenant's limits.
    """

    def __init__(self, most_bytes: int = 16 << 20) -> None:
        self.again: OrderedDict[bytes, Again] = OrderedDict()  # whose first is found at once, as a dict's is not
        self.heads = KnownHeads()  # by which those are known whose head comes alone
        self._kept: dict[bytes, int] = {}  # bytes that each takes up
        self._most_bytes = most_bytes
        self._used = 0

    def learn(self, request: bytes, again: Again, kept_bytes: int = 0) -> None:
        """From now on `request` is answered by `again`, which keeps so many bytes of an answer."""
        if len(request) > LARGEST:
            return
        self.forget(request)
        self.heads.learn(request)
        self.again[request] = again
        self._kept[request] = kept_bytes + 3 * len(request) + EACH  # as it came, as it was read, as it is sent
        self._used += self._kept[request]
        while self._used > self._most_bytes:
            self.forget(next(iter(self.again)))

    def forget(self, request: bytes) -> None:
        """The request is parsed again when it comes next."""
        if self.again.pop(request, None) is not None:
            self._used -= self._kept.pop(request)

    def clear(self) -> None:
        """All requests are parsed again when they come next."""
        self.again.clear()
        self.heads.clear()
        self._kept.clear()
        self._used = 0
