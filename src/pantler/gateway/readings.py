"""What has been read of a request before anything is decided on it."""

from typing import TYPE_CHECKING

import msgspec

from pantler.config.keys import Holder
from pantler.config.values import Route
from pantler.gateway.cache_control import CacheControl
from pantler.gateway.wire import Request, Wire

if TYPE_CHECKING:
    from pantler.gateway.desk import Desk


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """When a request came, in monotonic seconds and in seconds since the epoch, and the id of what is decided on it."""

    decision: str
    began: float
    time: float


class Bypass(msgspec.Struct, frozen=True, gc=False):
    """Why the cache does not see a request."""

    reason: str


class Sender(msgspec.Struct, frozen=True, gc=False):
    """What the head of a request says: who asks, what the cache may do for it, what goes on to the upstream."""

    holder: Holder
    wishes: CacheControl
    passed_on: tuple[tuple[str, str], ...]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A request that `desk` has read: its query's key, or NOT_TOLD_APART and why it has none."""

    desk: "Desk"
    wire: Wire
    sender: Sender
    request: Request
    route: Route
    key: int
    bypass: str
    body: bytes
