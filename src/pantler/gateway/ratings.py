"""Feedback: what a client says of an answer that it was served, joined to the decision that served it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import msgspec

from pantler.core.asks import Entry
from pantler.core.errors import StoreError, UnknownPart
from pantler.core.rows import JUDGE, SHADOW, Rated, Row, Word, doubt
from pantler.core.types import SURE, Query, Rating
from pantler.gateway import feedback
from pantler.gateway.answers import Answers
from pantler.gateway.bodies import whole_body
from pantler.gateway.exchange import Exchange
from pantler.gateway.feedback import Feedback
from pantler.gateway.replies import JSON, Refused, fault, reply
from pantler.learning.signals import TELLTALES, Signals
from pantler.ledgers.rows import Rows
from pantler.live.errands import Errand

NEAR = frozenset({"alias", "semantic"})  # tiers of answers that were stored for another question
SHARED = frozenset({"hit", "stale", "coalesced"})  # of answers that another decision has brought
BESIDE = frozenset({JUDGE, SHADOW})
MOST_WORDS = 1000  # of the gateway's own that are being written; each keeps its request in memory
GONE = fault(
    404, "answer_gone", 'this answer is stored no longer; send the share that was kept, as "score", by "edit"', "edited"
)
UNKNOWN = fault(404, "unknown_decision", "no decision of the last 30 days has this id under your key", "decision_id")

_encode = msgspec.json.Encoder().encode


class Heard(NamedTuple):
    """A word, with the digest of the client's key `by` which it came, empty where by none.

    `reliability` is how far it is to be believed where that is not what its signal has earned.
    """

    word: Word
    by: str = ""
    reliability: float | None = None


class Ratings:
    """Takes feedback, joins it to the ledger's `rows`, and believes it as far as `signals` have earned."""

    def __init__(self, answers: Answers, rows: Rows, signals: Signals) -> None:
        self._answers = answers
        self._rows = rows
        self._tasks: set[asyncio.Task[None]] = set()
        self.signals = signals
        self.unheard = 0  # words of the gateway's own for which there was no room
        self.taken: Callable[[str], object] | None = None  # where set, told of every route of which a word was learned

    def use(self, signals: Signals) -> None:
        """Believe other signals from now on, with what was learned of those that stay."""
        signals.restore(self.signals.snapshot())
        self.signals = signals

    def snapshot(self) -> Any:
        """What was learned of the signals."""
        return self.signals.snapshot()

    def restore(self, kept: Any) -> None:
        """Take up what `snapshot` gave."""
        self.signals.restore(kept)

    async def take(self, exchange: Exchange) -> None:
        """POST /v1/feedback."""
        with self._answers.entered(exchange):
            said = feedback.read(await whole_body(exchange, feedback.MOST_BYTES))
            assert exchange.holder is not None
            good = said.says
            if good is None:
                good = await self._kept(said, exchange.holder.tenant.name)
            word = self._word(said.seen_by, good)
            rated = await self._rows.rate(said.decision_id, exchange.holder.tenant.name, word, exchange.arrival.time)
            row = await self._rows.find(said.decision_id)
            if rated is None or row is None:
                raise Refused(UNKNOWN)
            dropped = rated.changed and self._learn(rated, row, Heard(word, exchange.holder.key.digest))
            if rated.changed and self._answers.committed is not None:
                await self._answers.committed()
        told = {
            "decision_id": said.decision_id,
            "score": word.good,
            "signal": word.signal,
            "reliability": round(self.signals.reliability(word.signal, word.good), 3),
            "changed": rated.changed,
            "dropped": dropped,
        }
        await reply(exchange.send, 200, [JSON, *exchange.all_marks()], _encode(told))

    def overheard(self, errand: Errand, decision: str, signal: str, good: float = 0.0) -> None:
        """The gateway has noticed by itself what speaks against the answer of a tenant's decision, or for it.

        A stored answer that surely shows itself to be none leaves at once. Beyond MOST_WORDS no word is written.
        """
        if signal in TELLTALES and self.signals.reliability(signal, good) >= SURE:
            self._answers.loop.take_back(errand.key, is_this=lambda entry: entry.decision == decision)
        if len(self._tasks) >= MOST_WORDS:
            self.unheard += 1
            return
        task = asyncio.get_running_loop().create_task(self._overhear(errand, decision, signal, good))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def found(self, errand: Errand, decision: str, heard: Heard) -> None:
        """What the gateway has found out beside a request speaks of a decision's answer."""
        with suppress(StoreError):
            rated = await self._rows.rate(decision, errand.tenant, heard.word, errand.time)
            row = await self._rows.find(decision)
            if rated is not None and row is not None and rated.changed:
                self._learn(rated, row, heard)

    async def settled(self) -> None:
        """Return once every word that the gateway has noticed by itself is written down."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _overhear(self, errand: Errand, decision: str, signal: str, good: float) -> None:
        with suppress(StoreError):  # nobody waits for it, and the ledger's own health tells of its file
            await self._heard(errand, decision, signal, good)

    async def _heard(self, errand: Errand, decision: str, signal: str, good: float) -> None:
        is_label = signal not in TELLTALES and self.signals.reliability(signal, good) >= SURE
        word = Word(good, signal, is_label)
        rated = await self._rows.rate(decision, errand.tenant, word, errand.time)
        row = await self._rows.find(decision)
        if rated is None or row is None or not rated.changed:
            return
        if signal not in TELLTALES:
            self._learn(rated, row, Heard(word, errand.holder))
            return
        self.signals.learn(doubt(row), rated.words, errand.holder)

    async def _kept(self, said: Feedback, tenant: str) -> float:
        """How much of an answer is left in what was made of it; Refused where it is no longer stored."""
        row = await self._rows.find(said.decision_id)
        if row is None or row.tenant != tenant:
            raise Refused(UNKNOWN)
        key = row.key_digest if row.near is None else row.near.key
        entry = self._answers.loop.store.get(int(key, 16))
        if entry is None or not _is_of(row, entry):
            raise Refused(GONE)
        return await asyncio.to_thread(feedback.share_kept, entry.body, said.edited or "")

    def _word(self, signal: str, good: float) -> Word:
        """What was said; Refused where its signal is none."""
        try:
            return Word(good, signal, self.signals.reliability(signal, good) >= SURE)
        except UnknownPart as error:
            raise Refused(fault(400, "unknown_signal", str(error), "signal")) from error

    def _learn(self, rated: Rated, row: Row, heard: Heard) -> bool:
        """Tell the engine, and what meets this word of what it meets; whether the answer was dropped."""
        word, good, reliability = heard.word, rated.good, heard.reliability
        if reliability is None:
            reliability = self.signals.reliability(word.signal, word.good)
        else:
            good = float(good >= 0.5)
        self.signals.learn(doubt(row), rated.words, heard.by)
        if row.tier in BESIDE:  # no client was given it, nor is it stored
            return False

        if row.tier in NEAR and row.near is not None:  # it speaks of the match, not of who answered the other question
            semantic, key = self._answers.loop.semantic, int(row.near.key, 16)
            rating = Rating(Query(key), rated.model, good, reliability)
            asked = int(row.key_digest, 16)
            return semantic is not None and rating.is_label and semantic.rate(key, rating, asked)
        query = Query(rated.key, size_bytes=max(1, rated.size_bytes), route=rated.route)
        rating = Rating(query, rated.model, good, reliability, row.decision, self._repeats(rated, row, word))
        dropped = self._answers.loop.rate(rating, is_this=partial(_is_of, row))
        if self.taken is not None:
            self.taken(rated.route)
        return dropped

    def _repeats(self, rated: Rated, row: Row, word: Word) -> bool:
        """Whether the answer may have been labelled before: it served others too, or this decision has been rated."""
        others = rated.words.keys() & self.signals.known.keys() - {word.signal}
        labelled = any(self.signals.reliability(name, rated.words[name]) >= SURE for name in others)
        return row.tier in SHARED or rated.before is not None or labelled


def _is_of(row: Row, entry: Entry) -> bool:
    """Whether a stored answer is the one that a row's request was served: its own call's, or what was there by then.

    A call that was joined stored it before the request that joined was over.
    """
    then = row.time + row.seconds if row.tier == "coalesced" else row.time
    return entry.decision == row.decision or entry.stored_at <= then
