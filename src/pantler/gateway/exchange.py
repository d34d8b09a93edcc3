"""One HTTP exchange as the gateway sees it: what came, how to answer, how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from pantler.config.keys import Holder
from pantler.core.asks import Entry
from pantler.gateway.replies import Headers, Receive, Send, dollars
from pantler.live.errands import Errand

Head = Mapping[bytes, bytes]


@dataclass(slots=True)
class Exchange:
    """A request with the means to answer it.

    `began` is in monotonic seconds, `time` in seconds since the epoch. `tokens` is what its call took of a model.
    `is_begun` says that an answer has begun, `is_noted` that its row is in the ledger or will be.
    """

    path: str
    head: Head
    receive: Receive
    send: Send
    decision: str
    began: float
    time: float
    tier: str = "bypass"
    holder: Holder | None = None
    errand: Errand | None = None
    tokens: int = 0
    is_begun: bool = False
    is_noted: bool = False

    def marks(self, model: str = "") -> Headers:
        """What every response says of where it came from."""
        marks = [(b"x-pantler-cache", self.tier.encode()), (b"x-pantler-decision", self.decision.encode())]
        if model:
            marks.append((b"x-pantler-model", model.encode()))
        return marks

    def sums(self, entry: Entry, spent: int | None, saved: int | None) -> Headers:
        """The further marks of an answer that is known in whole: its age in seconds, US dollars spent and saved."""
        return [
            *self.marks(entry.model),
            (b"x-pantler-age", b"%d" % max(0, int(self.time - entry.stored_at))),
            (b"x-pantler-cost", dollars(spent)),
            (b"x-pantler-saved", dollars(saved)),
        ]
