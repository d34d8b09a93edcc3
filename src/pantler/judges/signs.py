"""How likely an answer is to be wrong by what it shows, as `pantler fit` has learned from outcomes.

It shows whether it keeps the form that was asked for, how sure its model was of its tokens, how long it is, how many of
the answers given so far say the same. The score is one half where keeping it costs as much as asking on.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from math import nan

import msgspec

from pantler.core.answers import Said, said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import MissingExtra, ProviderError
from pantler.core.normal import normalised
from pantler.core.usage import usage_of
from pantler.texts.forms import asks_for_json, broken_by_form
from pantler.texts.signs import Sign, length_of


class BySigns:
    """Scores as `score` does, which is given the model's name; 0 where nothing was fitted and for no answer."""

    def __init__(self, *, score: Callable[[str, Sign], float] | None = None) -> None:
        if find_spec("jsonschema_rs") is None:
            raise MissingExtra("the judge 'signs'", "gateway")
        self._score = score

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        said = said_in(answers[-1])
        if self._score is None or not said:
            return Opinion(0.0, "nothing was fitted" if said else "no answer")
        if unfinished := next(filter(None, (each.unfinished for each in said)), ""):
            return Opinion(0.0, unfinished)
        return Opinion(self._score(ask.model, sign(ask, answers)), "by what it shows")


def sign(ask: Ask, answers: Sequence[bytes]) -> Sign:
    """Of the last answer, beside the earlier ones."""
    said = said_in(answers[-1])
    return Sign(_checked(ask, said), _confidence(answers[-1]), _length(answers[-1]), _agreeing(answers))


def _checked(ask: Ask, said: Sequence[Said]) -> float:
    form = ask.body.get("response_format")
    if not asks_for_json(form):
        return nan
    return float(not any(broken_by_form(form, each.text) for each in said if not each.calls))


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
    *before, last = [tuple(map(normalised, said_in(answer))) for answer in answers]
    return sum(each == last for each in before) / len(before) if before and any(last) else nan
