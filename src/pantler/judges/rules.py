"""Rules that need no model: whole, not refused, of a sane length, and JSON of the shape that was asked.

An answer that ends where its client has it end is whole.

An answer that keeps every rule scores 1, any other 0, with the rule that it broke.
"""

import re
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import ConfigError, MissingExtra
from pantler.core.lengths import own_length
from pantler.core.refusing import REFUSALS, plain
from pantler.judges._beside import beside
from pantler.texts.forms import broken_by_form


class Rules:
    """`refusals` are patterns that no answer may match, whatever the case of its letters; lengths are in characters."""

    def __init__(
        self, *, refusals: Sequence[str] = REFUSALS, least_characters: int = 1, most_characters: int | None = None
    ) -> None:
        if find_spec("jsonschema_rs") is None:
            raise MissingExtra("the judge 'rules'", "gateway")
        try:
            self._refusals = [re.compile(pattern, re.IGNORECASE) for pattern in refusals]
        except re.error as error:
            raise ConfigError(
                f"judge 'rules', refusals: {error.pattern!r} is no regular expression: {error}"
            ) from error
        self._least = least_characters
        self._most = most_characters

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        return await beside(ask, answers[-1:], partial(self._opinion, ask, answers[-1]))

    def _opinion(self, ask: Ask, answer: bytes) -> Opinion:
        said = said_in(answer)
        broken = next((rule for each in said if (rule := self._broken(ask, each))), "" if said else "no answer")
        return Opinion(0.0, broken) if broken else Opinion(1.0, "keeps every rule")

    def _broken(self, ask: Ask, said: Said) -> str:
        """The rule that a choice breaks; empty where it breaks none."""
        if unfinished := said.unfinished(own_length(ask.body)):
            return unfinished
        if said.calls:
            return "" if all(_is_json(arguments) for _, arguments in said.calls) else "calls a tool with no JSON"
        return self._broken_by_text(said.text.strip()) or broken_by_form(ask.body.get("response_format"), said.text)

    def _broken_by_text(self, text: str) -> str:
        if len(text) < self._least:
            return "too short"
        if self._most is not None and len(text) > self._most:
            return "too long"
        return "refuses" if any(pattern.search(plain(text)) for pattern in self._refusals) else ""


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
