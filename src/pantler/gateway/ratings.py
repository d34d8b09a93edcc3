"""Feedback: what a client says of an answer that it was served, joined to the decision that served it."""

import msgspec

from pantler.core.asks import Entry
from pantler.core.rows import Rated, Row
from pantler.core.types import Query, Rating
from pantler.gateway.answers import Answers
from pantler.gateway.bodies import whole_body
from pantler.gateway.exchange import Exchange
from pantler.gateway.replies import JSON, Refused, fault, reply
from pantler.ledgers.rows import Rows

MOST_BYTES = 4096
NEAR = frozenset({"alias", "semantic"})  # tiers of answers that were stored for another question
UNKNOWN = fault(404, "unknown_decision", "no decision of the last 30 days has this id under your key", "decision_id")

_encode = msgspec.json.Encoder().encode


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request: `good` is true or false, or `score` a number from 0 (bad) to 1 (good)."""

    decision_id: str
    good: bool | None = None
    score: float | None = None


_decode = msgspec.json.Decoder(Feedback).decode


class Ratings:
    """Takes feedback, and joins it to the ledger's `rows`."""

    def __init__(self, answers: Answers, rows: Rows) -> None:
        self._answers = answers
        self._rows = rows

    async def take(self, exchange: Exchange) -> None:
        """POST /v1/feedback."""
        with self._answers.entered(exchange):
            said = _read(await whole_body(exchange, MOST_BYTES))
            good = float(bool(said.good)) if said.score is None else said.score
            assert exchange.holder is not None
            rated = await self._rows.rate(said.decision_id, exchange.holder.tenant.name, good, exchange.time)
            row = await self._rows.find(said.decision_id)
            if rated is None or row is None:
                raise Refused(UNKNOWN)
            dropped = rated.changed and self._learn(rated, row)
        told = {"decision_id": said.decision_id, "score": good, "changed": rated.changed, "dropped": dropped}
        await reply(exchange.send, 200, [JSON, *exchange.marks()], _encode(told))

    def _learn(self, rated: Rated, row: Row) -> bool:
        """Tell the engine; whether the answer was dropped."""

        def is_this(entry: Entry) -> bool:
            return entry.decision == row.decision or entry.stored_at <= row.time

        if row.tier in NEAR and row.near is not None:  # it speaks of the match, not of who answered the other question
            semantic, key = self._answers.loop.semantic, int(row.near.key, 16)
            return semantic is not None and semantic.rate(key, Rating(Query(key), rated.model, rated.good))
        query = Query(rated.key, size_bytes=max(1, rated.size_bytes), route=rated.route)
        return self._answers.loop.rate(Rating(query, rated.model, rated.good), is_this=is_this)


def _read(body: bytes) -> Feedback:
    try:
        said = _decode(body)
    except msgspec.DecodeError as error:
        raise Refused(fault(400, "invalid_feedback", f"the body is no feedback: {error}; {SHAPE}")) from error
    if (said.good is None) == (said.score is None):
        raise Refused(fault(400, "invalid_feedback", f"give either good or score; {SHAPE}"))
    if said.score is not None and not 0.0 <= said.score <= 1.0:
        raise Refused(fault(400, "invalid_feedback", f"a score lies between 0 and 1; {SHAPE}", "score"))
    return said


SHAPE = 'send {"decision_id": "dec_...", "good": true} or {"decision_id": "dec_...", "score": 0.8}'
