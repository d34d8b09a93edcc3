"""What an answer shows of its being right once it is there, as numbers that hold nothing of its text."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from math import isnan, log1p, nan
from typing import NamedTuple

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.core.normal import normalised
from pantler.core.usage import usage_of
from pantler.texts.forms import asks_for_json, broken_by_form

MOST_READ = (
    1 << 16
)  # characters of an answer, beyond which it is not held against a schema, nor its words against others


class Sign(NamedTuple):
    """Of one answer, each NaN where it is missing.

    `checked`: whether a test or a schema let it pass, 1 or 0; `confidence`: the mean log-probability of its tokens;
    `length` as `log1p` of its tokens; `agreeing`: the share of earlier answers to the query that say the same.
    """

    checked: float = nan
    confidence: float = nan
    length: float = nan
    agreeing: float = nan

    def kept(self) -> tuple[float | None, ...]:
        """As it is kept with a call: None where one is missing, which JSON knows."""
        return tuple([None if isnan(each) else each for each in self])


def as_sign(kept: Sequence[float | None]) -> Sign:
    """What was kept, a sign that was unknown then being missing."""
    return Sign(*(nan if each is None else each for each in kept[: len(Sign._fields)]))


def length_of(tokens: float) -> float:
    """The length as it is weighed."""
    return log1p(tokens)


def sign(ask: Ask, answers: Sequence[bytes]) -> Sign:
    """Of the last answer, beside the earlier ones."""
    said = said_in(answers[-1])
    return Sign(_checked(ask, said), _confidence(answers[-1]), _length(answers[-1]), _agreeing(answers))


def _checked(ask: Ask, said: Sequence[Said]) -> float:
    form = ask.body.get("response_format")
    if not asks_for_json(form) or not _can_check():
        return nan
    texts = [each.text for each in said if not each.calls]
    if sum(map(len, texts)) > MOST_READ:
        return nan
    return float(not any(broken_by_form(form, text) for text in texts))


@cache
def _can_check() -> bool:
    return find_spec("jsonschema_rs") is not None


class _Token(msgspec.Struct, gc=False):
    logprob: float = nan


class _Logprobs(msgspec.Struct, gc=False):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct, gc=False):
    logprobs: _Logprobs | None = None


class _Answer(msgspec.Struct, gc=False):
    choices: list[_Choice] = []


_decoder = msgspec.json.Decoder(_Answer)


def _confidence(answer: bytes) -> float:
    try:
        choices = _decoder.decode(answer).choices
    except (msgspec.DecodeError, RecursionError):
        return nan
    told = [token.logprob for each in choices if each.logprobs is not None for token in each.logprobs.content or ()]
    return sum(told) / len(told) if told else nan


def _length(answer: bytes) -> float:
    try:
        tokens = usage_of(answer)
    except ProviderError:
        return nan
    return nan if tokens is None else length_of(tokens.tokens_out)


def _agreeing(answers: Sequence[bytes]) -> float:
    *before, last = map(_says, answers)
    return sum(each == last for each in before) / len(before) if before and any(last) else nan


def _says(answer: bytes) -> tuple[str, ...]:
    """What each choice says in one form for all that say the same; as it stands where that is long."""
    if len(answer) <= MOST_READ:
        return tuple(map(normalised, said_in(answer)))
    return tuple(repr(each.calls) if each.calls else each.text for each in said_in(answer))
