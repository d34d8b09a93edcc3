"""One HTTP exchange as the gateway sees it: what came, how to answer, how far it is."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pantler.config.keys import Holder
from pantler.core.asks import Entry
from pantler.gateway.clock import whole_seconds
from pantler.gateway.offers import Leaving, Remember
from pantler.gateway.openai import error
from pantler.gateway.readings import Arrival, Reading
from pantler.gateway.replies import Headers, Receive, Send, dollars, reply, shown
from pantler.gateway.wire import Fault
from pantler.live.errands import Errand
from pantler.live.passages import Passage

Head = Mapping[bytes, bytes]
Said = tuple[bytes, bytes]  # what was spent and what that saved, as a header says it

AGE: Final = b"x-pantler-age"
COST: Final = b"x-pantler-cost"
DECISION: Final = b"x-pantler-decision"
SAVED: Final = b"x-pantler-saved"
NOBODY: Final = "-"  # in place of a model, where none was asked nor named


NOTHING: Final[Said] = (dollars(0), dollars(0))
UNSETTLED: Final[Said] = (b"unsettled", b"unsettled")  # while a call is under way


def shown_key(head: Head) -> bytes | None:
    """The key that a head shows; the name of the scheme before it means the same in any case (RFC 9110, 11.1)."""
    shown = head.get(b"authorization", b"")
    return shown[7:].strip() if shown[:7].lower() == b"bearer " else None


class Exchange:
    """A request with the means to answer it.

    `is_begun` says that an answer has begun, `is_noted` that its row is in the ledger or will be, `is_settled` that it
    is there and says that all went well. `remember` is told how to answer the same bytes again, and how many bytes that
    keeps, where there is a way; `comes_again` says that the same body came of late. `whole` takes a whole answer in one
    go, where it can; `leaving` is told whom to tell that the client has gone; `worded` puts a fault into the shape of
    what was asked. `model` is the one that was asked last, the client's own word for it before any was, as far as that
    names one. `reading` is the body where it has been read already; `sums` what the response says of money; `why`
    tells the marks of a streamed answer's decision.
    """

    def __init__(self, path: str, head: Head, receive: Receive, send: Send, arrival: Arrival) -> None:
        self.path = path
        self.head = head
        self.receive = receive
        self.send = send
        self.arrival = arrival
        self.tier = "bypass"
        self.holder: Holder | None = None
        self.errand: Errand | None = None
        self.remember: Remember | None = None
        self.reading: Reading | None = None
        self.comes_again = False
        self.whole: Callable[[Headers, bytes], bool] | None = None
        self.leaving: Leaving | None = None
        self.worded: Callable[[Fault], bytes] = error
        self.sums = NOTHING
        self.why: Callable[[], Headers] = list
        self.model = ""
        self.is_begun = False
        self.is_noted = False
        self.is_settled = False

    @property
    def decision(self) -> str:
        """The id of what is decided on it."""
        return self.arrival.decision

    async def answer(self, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""
        if self.whole is None or not self.whole(headers, body):
            await reply(self.send, 200, headers, body)

    def marks(self, model: str = "") -> Headers:
        """What every response says of where it came from."""
        marks = [(b"x-pantler-cache", self.tier.encode()), (DECISION, self.decision.encode())]
        if model:
            marks.append((b"x-pantler-model", shown(model)))
        return marks

    def summed(self, entry: Entry, spent: int | None, baseline: int | None) -> Headers:
        """The further marks of an answer that is known in whole: its age in seconds, US dollars spent and saved."""
        self.know(spent, baseline)
        return self.known(entry)

    def known(self, entry: Entry) -> Headers:
        """As `summed`, where the sums are known already."""
        return [(AGE, age(entry, self.arrival.time)), *self.money()]

    def know(self, spent: int | None, baseline: int | None) -> None:
        """What the answer has cost, and what it would have cost of the reference model."""
        saved = None if baseline is None or spent is None else baseline - spent
        self.sums = dollars(spent), dollars(saved)

    def money(self) -> Headers:
        """The further marks of any other response: US dollars spent on it, and saved."""
        spent, saved = self.sums
        return [(COST, spent), (SAVED, saved)]

    def all_marks(self) -> Headers:
        """The marks of a response that is no model's answer."""
        asked = self.model or ("" if self.errand is None else self.errand.ask.model)
        return [*self.marks(asked or NOBODY), (AGE, b"0"), *self.money()]

    def lose(self, passage: Passage) -> None:
        """The answer does not come; what was spent on it by whoever started its call is saved the wrong way round."""
        self.tier = passage.tier  # a call may have been handed over to it meanwhile
        self.model = passage.model
        if not passage.leads:
            self.sums = NOTHING
        elif passage.is_over:
            self.sums = dollars(passage.spent), dollars(None if passage.spent is None else -passage.spent)
        else:
            self.sums = UNSETTLED


def age(entry: Entry, now: float) -> bytes:
    """Whole seconds since an answer was given."""
    return b"%d" % whole_seconds(entry.stored_at, now)


async def unheard(*_: object) -> Any:
    """Nothing passes by ASGI."""
    raise AssertionError("a request that does not pass by ASGI is not heard or answered by it")
