"""What has been read of a request before anything is decided on it.

Plain classes, made and read for every request: compiled, their fields are where machine code knows them to be.
"""

from typing import TYPE_CHECKING

from pantler.config.keys import Holder
from pantler.config.values import Route
from pantler.gateway.cache_control import CacheControl
from pantler.gateway.wire import Request, Wire

if TYPE_CHECKING:
    from pantler.gateway.desk import Desk


class Arrival:
    """When a request came, in monotonic seconds and in seconds since the epoch, and the id of what is decided on it."""

    __slots__ = ("began", "decision", "time")

    def __init__(self, decision: str, began: float, time: float) -> None:
        self.decision = decision
        self.began = began
        self.time = time


class Bypass:
    """Why the cache does not see a request."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Sender:
    """What the head of a request says: who asks, what the cache may do for it, what goes on to the upstream."""

    __slots__ = ("holder", "passed_on", "wishes")

    def __init__(self, holder: Holder, wishes: CacheControl, passed_on: tuple[tuple[str, str], ...]) -> None:
        self.holder = holder
        self.wishes = wishes
        self.passed_on = passed_on


class Reading:
    """A request that `desk` has read: its query's key, or NOT_TOLD_APART and why it has none."""

    __slots__ = ("body", "bypass", "desk", "key", "request", "route", "sender", "wire")

    def __init__(  # noqa: PLR0913, PLR0917 - what one reading has found
        self,
        desk: "Desk",
        wire: Wire,
        sender: Sender,
        request: Request,
        route: Route,
        key: int,
        bypass: str,
        body: bytes,
    ) -> None:
        self.desk = desk
        self.wire = wire
        self.sender = sender
        self.request = request
        self.route = route
        self.key = key
        self.bypass = bypass
        self.body = body

    def of_user(self, user: str, sender: Sender, body: bytes) -> "Reading":
        """What another body asks, by the same key, that differs from this one's in the name of its user alone."""
        request = self.request.of_user(user, len(body) - len(self.body))
        return Reading(self.desk, self.wire, sender, request, self.route, self.key, self.bypass, body)
