"""What passes between the live loop and whoever speaks to clients.

Plain classes, made and read for every request: compiled, their fields are where machine code knows them to be. Nobody
changes one that another holds.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace
from mypy_extensions import mypyc_attr

from pantler.config.values import Route
from pantler.core.asks import Ask, Entry
from pantler.core.item import FOREVER
from pantler.core.rows import Neighbour
from pantler.core.types import Appraisal, Query
from pantler.live.asking import Asking

if TYPE_CHECKING:
    from pantler.live.veils import Veil


class Shape(Protocol):
    """How whole answers and streamed ones become each other."""

    def join(self, pieces: Sequence[bytes]) -> bytes:
        """The whole answer that the pieces of a stream make up."""
        ...

    def split(self, whole: bytes) -> list[bytes]:
        """The pieces in which a whole answer is streamed."""
        ...


class Wishes(Protocol):
    """What a client lets the cache do for one request."""

    @property
    def looks(self) -> bool:
        """Whether a stored answer may be served."""
        ...

    @property
    def keeps(self) -> bool:
        """Whether the new answer may be stored."""
        ...

    @property
    def calls(self) -> bool:
        """Whether a model may be asked where nothing is stored."""
        ...

    @property
    def max_age_seconds(self) -> float | None:
        """How old a stored answer may be."""
        ...

    @property
    def ttl_seconds(self) -> float | None:
        """How long the new answer may be kept; None leaves it to the route."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """The names by which the new answer may be purged."""
        ...


class Errand:
    """One client's request: the query that it is, the call that would answer it, and what it puts up with.

    `key` is its query's, `route_name` its route's. `bypass` says why the cache stands aside; where it does, the key is
    NOT_TOLD_APART. `began` is in monotonic
    seconds, `time` in seconds since the epoch. `flaw` says why a whole answer may not be kept. `most_in` and `most_out`
    are the tokens that a call reads and writes at worst, the latter in all its `choices` and None where the client sets
    no bound; `is_odd` says that the request has fields that are not known, which may lift that bound. `is_renewal` says
    that no client waits for it; `passes_on` that the ask names a model that is not configured, for the upstream to
    know. `holder` is the digest of the client's key, whose limits its calls count against. `asking` is what it asks in
    words, where the route looks for near questions. `beside` is the tier of a call that is made beside a client's
    request, to learn from it; empty for what a client asked for.
    """

    __slots__ = (
        "ask", "asking", "began", "beside", "bypass", "choices", "decision", "flaw", "holder", "is_odd", "is_renewal",
        "key", "most_in", "most_out", "passes_on", "query", "route", "route_name", "shape", "streamed", "tenant",
        "time", "wishes", "with_usage",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - what one request has to say
        self,
        *,
        decision: str,
        tenant: str,
        route: Route,
        query: Query,
        ask: Ask,
        shape: Shape,
        flaw: Callable[[bytes], str | None],
        streamed: bool,
        with_usage: bool,
        began: float,
        time: float,
        most_in: int,
        most_out: int | None,
        choices: int,
        wishes: Wishes,
        is_odd: bool = False,
        bypass: str = "",
        passes_on: bool = False,
        is_renewal: bool = False,
        holder: str = "",
        asking: Asking | None = None,
        beside: str = "",
    ) -> None:
        self.decision = decision
        self.tenant = tenant
        self.route = route
        self.route_name: str = route.name
        self.query = query
        self.key: int = query.key
        self.ask = ask
        self.shape = shape
        self.flaw = flaw
        self.streamed = streamed
        self.with_usage = with_usage
        self.began = began
        self.time = time
        self.most_in = most_in
        self.most_out = most_out
        self.choices = choices
        self.wishes = wishes
        self.is_odd = is_odd
        self.bypass = bypass
        self.passes_on = passes_on
        self.is_renewal = is_renewal
        self.holder = holder
        self.asking = asking
        self.beside = beside

    def copy(self) -> "Errand":
        """Another one, to be made what it is to be before anybody has it."""
        return Errand(
            decision=self.decision,
            tenant=self.tenant,
            route=self.route,
            query=self.query,
            ask=self.ask,
            shape=self.shape,
            flaw=self.flaw,
            streamed=self.streamed,
            with_usage=self.with_usage,
            began=self.began,
            time=self.time,
            most_in=self.most_in,
            most_out=self.most_out,
            choices=self.choices,
            wishes=self.wishes,
            is_odd=self.is_odd,
            bypass=self.bypass,
            passes_on=self.passes_on,
            is_renewal=self.is_renewal,
            holder=self.holder,
            asking=self.asking,
            beside=self.beside,
        )

    def appraised(self, appraisal: Appraisal | None) -> "Errand":
        """With what was expected of its query, for the outcome to carry."""
        if appraisal is None:
            return self
        appraised = self.copy()
        appraised.query = replace(self.query, appraisal=appraisal)
        return appraised

    def expiry(self, now: float) -> float:
        """Until when an answer that comes now may be served, in the unit of `time`."""
        ttl = self.wishes.ttl_seconds
        if ttl is None:
            ttl = self.route.ttl_seconds
        return FOREVER if ttl is None else now + ttl

    @property
    def wants_vectors(self) -> bool:
        """Whether its answer can be compared with answers of the same model only."""
        return self.ask.operation == "embedding"


@mypyc_attr(acyclic=True)
class Hit:
    """A stored answer to serve: `tier` is "hit", "stale", "alias" or "semantic"; `near` tells more of the last two.

    `wrong` is the chance that it is held to be wrong by, None where nobody says.
    """

    __slots__ = ("entry", "near", "reason", "tier", "veil", "wrong")

    def __init__(  # noqa: PLR0913, PLR0917 - what one hit has to say
        self,
        entry: Entry,
        tier: str,
        reason: str,
        near: Neighbour | None = None,
        veil: "Veil | None" = None,
        wrong: float | None = None,
    ) -> None:
        self.entry = entry
        self.tier = tier
        self.reason = reason
        self.near = near
        self.veil = veil
        self.wrong = wrong


@mypyc_attr(acyclic=True)
class Landing:
    """An answer that a flight brought, stored or not.

    `spent` is None where a model that was asked has no price; `flaw` says why the answer may not be kept; `baseline` is
    what the reference model would have cost whoever started the flight, None where that is not known. `first_at` is
    when the first piece of a stream came, in the loop's time.
    """

    __slots__ = ("baseline", "entry", "first_at", "flaw", "spent")

    def __init__(
        self,
        entry: Entry,
        spent: int | None,
        flaw: str | None = None,
        *,
        baseline: int | None = None,
        first_at: float | None = None,
    ) -> None:
        self.entry = entry
        self.spent = spent
        self.flaw = flaw
        self.baseline = baseline
        self.first_at = first_at
