"""Notices what a client says next: thanks or blame for an answer, or the same question in other words.

In a conversation the turn before the last is the request that was answered: it is found by the key that it had, so
that nothing is kept for it. Outside one only who gives a `user` is known to be the same.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from pantler.core.generations import Generations
from pantler.gateway.asked_anew import AskedAnew
from pantler.gateway.decisions import time_of
from pantler.gateway.desk import Desk
from pantler.gateway.readings import Arrival, Reading
from pantler.gateway.wires import found
from pantler.live.errands import Errand
from pantler.matching.rewording import rewords
from pantler.texts.contentment import contentment

CHAT: Final = "chat"
RETRY: Final = "retry"
FOLLOW_UP: Final = "follow-up"
REWORDED: Final = "reworded"
MOST: Final = 5_000  # questions of users, or up to twice as many, that are remembered
LONGEST: Final = 400  # characters of a question that is compared

_encode: Final = msgspec.json.Encoder().encode


class SaidNext:
    """Calls `heard` with the errand, the decision that it speaks of, the signal, and how good the answer was then.

    `desk` is where requests are read at the time.
    """

    def __init__(self, heard: Callable[[Errand, str, str, float], object], desk: Callable[[], Desk]) -> None:
        self._heard = heard
        self._desk = desk
        self._asked_anew = AskedAnew(self._discontented)
        self._chat = next(wire for wire in found() if wire.operation == CHAT)
        self._last: Generations[int, tuple[str, str]] = Generations(MOST)  # by who asked where: the text, the decision

    def use(self, seconds: float) -> None:
        """For so many seconds after a request asking anew is a word on its answer; for 0 nothing is."""
        self._asked_anew.seconds = seconds

    def note(self, errand: Errand) -> None:
        """One more request that was read."""
        if errand.ask.operation == CHAT and (text := _last_text(errand.ask.body)):
            if _goes_on(errand.ask.body["messages"]):
                self._follow(errand, text)
            else:
                self._compare(errand, text)
        self._asked_anew.note(errand, self._key(errand))

    def looked(self, reading: Reading, arrival: Arrival) -> None:
        """One more request, that was answered with what is stored."""
        fields = reading.request.fields
        if fields.get("user") and reading.request.operation == CHAT and (text := _last_text(fields)):
            self._remembered(fields, (reading.sender.holder.key.digest, reading.route.name), text, arrival.decision)
        self._asked_anew.looked(reading, arrival)

    def _compare(self, errand: Errand, text: str) -> None:
        """What begins anew may be what the same user has asked before."""
        before = self._remembered(errand.ask.body, (errand.holder, errand.route_name), text, errand.decision)
        if before is None or errand.time - time_of(before[1]) > self._asked_anew.seconds:
            return
        if rewords(text, before[0]):
            self._heard(errand, before[1], REWORDED, 0.0)

    def _key(self, errand: Errand) -> int:
        """That of its query, or what it would be if the cache did not stand aside."""
        if not errand.bypass or errand.ask.operation != CHAT:
            return errand.key
        return self._desk().key_of(self._chat, errand, errand.ask.body)

    def _discontented(self, errand: Errand, decision: str) -> None:
        self._heard(errand, decision, RETRY, 0.0)

    def _follow(self, errand: Errand, text: str) -> None:
        """What is said of the answer to the turn before."""
        fields = errand.ask.body
        *earlier, _, _ = fields["messages"]
        good, signal = contentment(text), FOLLOW_UP
        if good is None and rewords(text, _last_text({"messages": earlier})):
            good, signal = 0.0, REWORDED
        if good is None:
            return
        key = self._desk().key_of(self._chat, errand, {**fields, "messages": earlier})
        decision = self._asked_anew.last(key, errand)
        if decision is not None:
            self._heard(errand, decision, signal, good)

    def _remembered(
        self, fields: dict[str, Any], where: tuple[str, str], text: str, decision: str
    ) -> tuple[str, str] | None:
        """The same user's question before this one, which takes its place; None where that is this very question."""
        user = fields.get("user")
        if not user or not self._asked_anew.seconds:
            return None
        earlier = fields["messages"][:-1]
        who = hash((*where, user, _encode(earlier) if earlier else b""))
        before = self._last.get(who)
        self._last.write(who, (text, decision))
        return None if before is None or before[0] == text else before


def _last_text(fields: dict[str, Any]) -> str:
    """What the user has said last, "" where that is no short text."""
    messages = fields.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if not isinstance(last, dict) or last.get("role") != "user":
        return ""
    text = last.get("content")
    return text if isinstance(text, str) and len(text) <= LONGEST else ""


def _goes_on(messages: list[Any]) -> bool:
    """Whether the last turn follows an answer, and that the words of somebody."""
    before = messages[-2] if len(messages) > 2 else None
    return isinstance(before, dict) and before.get("role") == "assistant"
