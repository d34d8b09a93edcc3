"""The gateway's book-keeping: money is held before a call, and every request ends as one row of the ledger."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pantler.core.asks import Entry
from pantler.core.rows import Asked, Candidate, Row
from pantler.core.types import Call
from pantler.gateway.budgets import Budgets, Reservation
from pantler.gateway.exchange import Exchange
from pantler.gateway.failures import LEFT, refused
from pantler.gateway.refusals import Refusal
from pantler.gateway.replies import Refused, fault
from pantler.live.errands import Errand, Hit, Landing

Record = Callable[[Row], object]


def limited(refusal: Refusal) -> Refused:
    """A limit that is used up, as the client is told of it."""
    wait = (b"retry-after", b"%d" % refusal.retry_after_seconds)
    return Refused(fault(429, f"{refusal.limit}_reached", refusal.reason), [wait])


@dataclass(frozen=True)
class Labels:
    """What decided, by name: the policy, and the multiplexer of each route."""

    policy: str
    multiplexer: Mapping[str, str]


class Made(msgspec.Struct, frozen=True, gc=False):
    """The calls that one request led to."""

    candidates: tuple[Candidate, ...] = ()
    asked: tuple[Asked, ...] = ()
    spent: int | None = 0


NONE_MADE = Made()


class Books:
    """Holds money in `budgets`; every row goes to `record`."""

    def __init__(self, budgets: Budgets, record: Record, monotonic: Callable[[], float], labels: Labels) -> None:
        self._budgets = budgets
        self._record = record
        self._monotonic = monotonic
        self.labels = labels

    def hold(self, errand: Errand, worst: int) -> Reservation:
        """Hold so many nano-dollars of the tenant's budgets; Refused where one has no room for them."""
        held = self._budgets.reserve(errand.tenant, worst)
        if isinstance(held, Refusal):
            raise limited(held)
        return held

    def called(self, errand: Errand, call: Call, asked: Sequence[Asked], landing: Landing | BaseException) -> None:
        """A call is over, with what it brought or what it failed with."""
        where = ("bypass", errand.bypass) if errand.bypass else ("miss", call.reason)
        weighed = Candidate(call.plan.models, call.expected_cost, 0.0, 0.0, call.propensity)
        unpriced = any(each.spent is None for each in asked)
        spent = None if unpriced else sum(each.spent or 0 for each in asked)
        self._write(errand, where, landing, Made((weighed,), tuple(asked), spent))

    def served(self, errand: Errand, hit: Hit) -> int | None:
        """A stored answer is served; the nano-dollars that this saves."""
        self._write(errand, (hit.tier, hit.reason), hit)
        return self.saved(errand, hit.entry, 0)

    def followed(self, errand: Errand, end: Landing | BaseException) -> None:
        """Somebody else's call has answered a request, or failed it."""
        self._write(errand, ("coalesced", "an equal request was under way"), end)

    def turned_away(self, exchange: Exchange, refusal: Refused) -> None:
        """A request of a known tenant has been answered with an error before anything was looked up or asked."""
        assert exchange.holder is not None, "nobody is turned away who is not known"
        self._record(
            Row(
                decision=exchange.decision,
                time=exchange.time,
                tenant=exchange.holder.tenant.name,
                route="" if exchange.errand is None else exchange.errand.route.name,
                key_digest=f"{0:032x}",
                size_bytes=0,
                tier=exchange.tier,
                reason=refusal.fault.code,
                status=refusal.fault.status,
                policy=self.labels.policy,
                multiplexer="",
                model="",
                tokens_in=0,
                tokens_out=0,
                candidates=(),
                asked=(),
                spent=0,
                saved_by_cache=0,
                saved_by_choice=0,
                baseline=0,
                basis="estimated",
                ratio=1.0,
                seconds=self._monotonic() - exchange.began,
            )
        )

    def saved(self, errand: Errand, entry: Entry, spent: int | None) -> int | None:
        """What an answer saves against the reference model without a cache, in nano-dollars."""
        return None

    def _write(
        self, errand: Errand, where: tuple[str, str], end: Landing | Hit | BaseException, made: Made = NONE_MADE
    ) -> None:
        """One row; `where` is its tier and the reason."""
        entry = None if isinstance(end, BaseException) else end.entry
        self._record(
            Row(
                decision=errand.decision,
                time=errand.time,
                tenant=errand.tenant,
                route=errand.route.name,
                key_digest=f"{errand.query.key:032x}",
                size_bytes=0 if entry is None else entry.size_bytes,
                tier=where[0],
                reason=where[1],
                status=_status(end),
                policy=self.labels.policy,
                multiplexer=self.labels.multiplexer.get(errand.route.name, ""),
                model="" if entry is None else entry.model,
                tokens_in=0 if entry is None else entry.tokens_in,
                tokens_out=0 if entry is None else entry.tokens_out,
                candidates=made.candidates,
                asked=made.asked,
                spent=made.spent,
                saved_by_cache=None,
                saved_by_choice=None,
                baseline=None,
                basis="estimated",
                ratio=1.0,
                seconds=self._monotonic() - errand.began,
            )
        )


def _status(end: Landing | Hit | BaseException) -> int:
    match end:
        case asyncio.CancelledError():
            return LEFT
        case Exception():
            return refused(end).fault.status
        case BaseException():
            return 500
        case _:
            return 200
