"""The gateway's book-keeping: money is held before a call, and every request ends as one row of the ledger."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pantler.config.prices import STANDARD_TIERS
from pantler.core.asks import Entry
from pantler.core.rows import JUDGE, Alike, Asked, Candidate, Row
from pantler.core.savings import ESTIMATED, Ratios, Saved, Served, saved
from pantler.core.types import Call, Serve
from pantler.core.usage import asked_tier
from pantler.gateway.budgets import Budgets, Reservation
from pantler.gateway.exchange import Exchange
from pantler.gateway.failures import LEFT, refused
from pantler.gateway.lines import Line, Terms
from pantler.gateway.overruns import Overruns
from pantler.gateway.readings import Arrival
from pantler.gateway.ready import Ready, plain
from pantler.gateway.recording import Recording
from pantler.gateway.refusals import Refusal
from pantler.gateway.replies import Refused, fault
from pantler.gateway.rows import row_of, row_of_refusal
from pantler.live.errands import Errand, Hit, Landing
from pantler.live.foreseeing import foreseeing, untold
from pantler.live.loop import held_wrong
from pantler.live.reckoning import spent_on

UNBOUNDED: Final = fault(
    400,
    "unbounded_cost",
    "this key has a budget, and nothing bounds what the answer may cost; give max_completion_tokens and no field that "
    "OpenAI's API lacks, or have max_tokens_out set for the model, and leave out web_search_options, which has a fee",
    "max_completion_tokens",
)
MOST_SERIES: Final = 4096
JOINED: Final = "an equal request was under way"


def _untold(holder: str, tokens: int) -> None:
    """Nobody limits tokens."""


def limited(refusal: Refusal) -> Refused:
    """A limit that is used up, or can never be kept, as the client is told of it."""
    if refusal.retry_after_seconds is None:
        return Refused(fault(400, f"above_{refusal.limit}", refusal.reason))
    wait = (b"retry-after", b"%d" % refusal.retry_after_seconds)
    return Refused(fault(429, f"{refusal.limit}_reached", refusal.reason), [wait])


class Series:
    """The rows of hits on one answer, that of the call `decision`: as the `first`, each with its own time."""

    __slots__ = (
        "_head", "_length", "_reason", "_serve", "_wrong", "decision", "first", "heard", "ratio", "terms",
    )  # fmt: skip

    def __init__(self, decision: str) -> None:
        self.decision = decision
        self._serve: Serve | None = None  # what was last believed of the answer, and
        self._reason = ""  # what a row says of that
        self._wrong: float | None = None
        self._head = b""  # of a response that serves it whole, and
        self._length = -1  # how long the answer is
        self.first: Row | None = None
        self.ratio = 1.0  # by which the first was made, and
        self.heard = 0  # of how many answers
        self.terms: Terms | None = None

    def hit(self, serve: Serve, entry: Entry) -> Hit:
        """As `as_hit`, which is asked anew only where something else is believed of the answer."""
        if serve is not self._serve:
            self._serve, self._reason, self._wrong = serve, serve.reason, held_wrong(serve)
        return Hit(entry, "hit", self._reason, wrong=self._wrong)

    def plain(self, entry: Entry) -> Ready:
        """As `ready.plain`, whose head is made once."""
        body = entry.body
        if len(body) != self._length:
            self._head, self._length = plain(entry).head, len(body)
        return Ready(self._head, body)


class Books:
    """Holds money in `budgets`; every row goes to `recording`, with what `terms` says of its route."""

    def __init__(self, budgets: Budgets, recording: Recording, monotonic: Callable[[], float], terms: Terms) -> None:
        self.terms = terms
        self.ratios = Ratios()  # of tokens out, between the models of a route
        self.took: Callable[[str, int], object] = _untold  # of every call: whose key it counts against, its tokens
        self.overruns = Overruns()
        self._budgets = budgets
        self._recording = recording
        self._monotonic = monotonic
        self._series: OrderedDict[int, Series] = OrderedDict()  # of hits not answered by their bytes, by query's key

    def hold(self, errand: Errand, models: Sequence[str]) -> Reservation:
        """Hold what asking all these models costs at worst; Refused where the tenant's budgets have no room for it."""
        worst = self.terms.worst_case(errand, models, self.overruns.most) if errand.tenant in self.terms.budgeted else 0
        if worst is None:
            raise Refused(UNBOUNDED)
        held = self._budgets.reserve(errand.tenant, worst)
        if not isinstance(held, Reservation):
            raise limited(held)
        return held

    def saved(self, errand: Errand, entry: Entry, spent: int | None) -> Saved:
        """What an answer saves against the reference model without a cache, this request having spent so much."""
        reference, price = self.terms.reference(errand, entry)
        ratio = self.ratios.of(errand.route_name, reference, entry.model)
        served = Served(entry.model, entry.tokens, entry.paid, spent, entry.estimated)
        return saved(served, reference, price, ratio)

    def called(self, errand: Errand, call: Call, asked: Sequence[Asked], end: Landing | BaseException) -> int | None:
        """A call is over, with what it brought or what it failed with; what the reference model would have cost."""
        self.took(errand.holder, sum([each.tokens.tokens_in + each.tokens.tokens_out for each in asked]))
        self.overruns.heed(errand, asked, self.terms.models)
        spent = spent_on(asked)
        tier, reason = ("bypass", errand.bypass) if errand.bypass else (errand.beside or "miss", call.reason)
        weighed = self.weighed(errand, call)
        entry = end.entry if isinstance(end, Landing) else None
        tells = errand.beside != JUDGE and not errand.wants_vectors
        if entry is not None and tells and not errand.passes_on:  # else clients would name what is kept
            self.ratios.observe(errand.route_name, entry.model, entry.tokens.tokens_out / errand.choices)
        line = Line(tier, reason, _status(end), entry, weighed, tuple(asked), spent, call.hits)
        return self._write(errand, line).baseline

    def weighed(self, errand: Errand, call: Call) -> tuple[Candidate, ...]:
        """The plans that were weighed before a call, with what was expected of each as the bill has it."""
        foresee = foreseeing(errand, self.terms.tariff, self.written(errand.route_name))
        return self.terms.as_money(call.candidates or untold(call, foresee))

    def written(self, route: str) -> float | None:
        """Mean tokens out of a route's answers; None before the first."""
        return self.ratios.written(route)

    def use(self, terms: Terms) -> None:
        """Book by other terms from now on."""
        self.terms = terms.after(self.terms)
        self._series.clear()

    def served(self, errand: Errand, hit: Hit) -> Row:
        """A stored answer is served; its row but for its own decision and time."""
        if hit.near is not None:  # whose chances differ each time
            return self.begun(Series(hit.entry.decision), errand, hit)
        series = self.series(errand.key, errand.tenant, hit.entry, errand.ask.body)
        first = self.standing(series, hit)
        if first is None:
            return self.begun(series, errand, hit)
        self.again(first, Arrival(errand.decision, errand.began, errand.time), errand)
        return first

    def series(self, key: int, tenant: str, entry: Entry, fields: Mapping[str, object]) -> Series:
        """The rows of a tenant's hits on what is stored under the key of its query, by a request of these `fields`.

        One that asks for a special service tier, which is not in the key, is held against another price.
        """
        if "service_tier" in fields and asked_tier(fields) not in STANDARD_TIERS:
            return Series(entry.decision)
        series = self._series.get(key)
        if series is None or not _continues(series, tenant, entry):
            if series is None and len(self._series) >= MOST_SERIES:
                self._series.popitem(last=False)
            series = self._series[key] = Series(entry.decision)
        return series

    def standing(self, series: Series, hit: Hit) -> Row | None:
        """The first row of a series, where that of one more such hit differs in its decision and its time alone."""
        first = series.first
        if first is None or series.terms is not self.terms:
            return None
        if first.tier != hit.tier or first.reason != hit.reason or first.wrong != hit.wrong:
            return None
        heard = self.ratios.heard
        if series.heard != heard:
            if self.ratios.of(first.route, first.reference, first.model) != series.ratio:
                return None
            series.heard = heard
        return first

    def again(self, first: Row, arrival: Arrival, errand: Errand | None) -> None:
        """A stored answer is served once more; an errand like it is told where somebody `watches`."""
        seconds = self._monotonic() - arrival.began
        self._recording.again(Alike(first, arrival.decision, arrival.time, seconds), errand)

    @property
    def watches(self) -> bool:
        """Whether every row has to come with its errand."""
        return self._recording.spans is not None

    def begun(self, series: Series, errand: Errand, hit: Hit) -> Row:
        """A stored answer is served for the first time, or otherwise than before; its row, which begins a series."""
        entry = hit.entry
        known = self.saved(errand, entry, 0)
        line = Line(hit.tier, hit.reason, 200, entry, wrong=hit.wrong)
        row = row_of(errand, line, known, self.terms, self._monotonic() - errand.began)
        series.first, series.ratio, series.heard, series.terms = row, known.ratio, self.ratios.heard, self.terms
        self._recording.note(row, errand)
        return row

    def followed(self, errand: Errand, end: Landing | BaseException) -> None:
        """Somebody else's call has answered a request, or failed it."""
        entry = end.entry if isinstance(end, Landing) else None
        self._write(errand, Line("coalesced", JOINED, _status(end), entry))

    def turned_away(self, exchange: Exchange, refusal: Refused) -> None:
        """A request has been refused before anything was looked up or asked."""
        seconds = self._monotonic() - exchange.arrival.began
        self._recording.note(row_of_refusal(exchange, refusal.fault, self.terms, seconds), exchange.errand)

    def _write(self, errand: Errand, line: Line) -> Saved:
        if line.entry is None or errand.is_renewal:
            known = _unanswered(line.spent, by_cache=errand.is_renewal and not errand.beside)
        else:
            known = self.saved(errand, line.entry, line.spent)
        self._recording.note(row_of(errand, line, known, self.terms, self._monotonic() - errand.began), errand)
        return known


def _continues(series: Series, tenant: str, entry: Entry) -> bool:
    first = series.first
    return first is not None and series.decision == entry.decision and first.tenant == tenant


def _unanswered(spent: int | None, *, by_cache: bool) -> Saved:
    """What is lost where money was spent and no client got an answer for it."""
    if spent is None:
        return Saved(None, ESTIMATED, 1.0, None, None)
    return Saved(0, ESTIMATED, 1.0, -spent if by_cache else 0, 0 if by_cache else -spent)


def _status(end: Landing | BaseException) -> int:
    match end:
        case Landing():
            return 200
        case asyncio.CancelledError():
            return LEFT
        case Exception():
            return refused(end).fault.status
        case _:
            return 500
