"""What a service has seen of its own choices: for each request one model's answer, and what was said of it.

A log is JSON lines of requests in OpenAI's words or LiteLLM's, each with `model` and a column of feedback.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.lines import json_lines
from pantler.traces.names import COST, TOKENS_IN, TOKENS_OUT, first_of
from pantler.traces.values import Unusable, as_json, found, number

FEEDBACK = ("feedback", "score", "rating", "good", "metadata.feedback", "metadata.score")
MODEL = ("model", "body.model", "request.model")
ASKED = ("messages", "body.messages", "request.messages", "proxy_server_request.messages", "prompt", "input")
USAGE = ("response.usage", "response.body.usage", "usage")
PROPENSITY = ("propensity", "metadata.propensity")
RIGHT = ("true", "good", "up", "thumbs_up", "like", "positive")
WRONG = ("false", "bad", "down", "thumbs_down", "dislike", "negative")
WORDS = dict.fromkeys(RIGHT, 1.0) | dict.fromkeys(WRONG, 0.0)


@dataclass(frozen=True)
class Event:
    """One answer: its model, how good it was said to be, 0 to 1, with the chance with which the model was chosen.

    `query` is alike for those that ask the same, where that is known of requests without a text.

    `told` is how much of a label that is: 1 for what is certain. `price_in` and `price_out` are US dollars per token,
    NaN where the log does not say; `cost` that of the answer. `decision` names the request. `shown` is what the answer
    has shown a judge, empty where none heard it.
    """

    text: str
    model: str
    good: float
    propensity: float
    tokens_in: float
    tokens_out: float
    cost: float
    price_in: float = math.nan
    price_out: float = math.nan
    told: float = 1.0
    decision: str = ""
    shown: tuple[float | None, ...] = ()
    query: str = ""

    @property
    def asked(self) -> str:
        """What is alike for those that ask the same, of which one foretells the others."""
        return self.text or self.query or self.decision


@dataclass(frozen=True)
class Experience:
    """The events that can be learned from; `notes` say what was left out and why.

    `reference` is the model that most of them are held against, empty where nobody says.
    """

    name: str
    events: tuple[Event, ...]
    notes: tuple[str, ...] = ()
    reference: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({event.model for event in self.events}))

    def among(self, pool: Sequence[str]) -> "Experience":
        """Of these models only, of all where none is named; UnknownPart for one that is not there."""
        for model in pool:
            if model not in self.models:
                raise UnknownPart("model", model, self.models)
        return replace(self, events=tuple(event for event in self.events if not pool or event.model in pool))

    def priced(self, prices: Mapping[str, tuple[float, float]]) -> "Experience":
        """With these US dollars per token in and out; UnknownPart for a model that is not there."""
        for model in prices:
            if model not in self.models:
                raise UnknownPart("model", model, self.models)
        unknown = (math.nan, math.nan)
        told = ((event, prices.get(event.model, unknown)) for event in self.events)
        return replace(
            self,
            events=tuple(
                event if math.isnan(into) else replace(event, price_in=into, price_out=out)
                for event, (into, out) in told
            ),
        )


def check_apart(name: str, goods: Iterable[float]) -> None:
    """TraceError where all answers were said to be equally good, by which nothing can be learned."""
    said = set(goods)
    if len(said) == 1:
        good = said.pop()
        word = {0.0: "wrong", 1.0: "right"}.get(good, f"{good:g} good")
        raise TraceError(f"{name}: every answer was said to be {word}; rate some of the others too")


def is_log(path: Path) -> bool:
    """Whether a file holds requests rather than outcomes in the tidy format, of which a column may be missing."""
    if path.suffix != ".jsonl":
        return False
    _, first = next(json_lines(path), (0, {}))
    return not {"query_id", "cost_usd"} & set(first)


def read_log(path: Path) -> Experience:
    """Read requests with feedback; TraceError where there are none, or a number is none of its kind."""
    events, left, unsaid = [], Counter[str](), 0
    for line, record in json_lines(path):
        try:
            event = _event(record)
        except Unusable as error:
            raise TraceError(f"{path}: line {line} has {error}") from error
        if isinstance(event, Event):
            events.append(replace(event, decision=str(line)))
            unsaid += _first(record, PROPENSITY) is None
        else:
            left[event] += 1
    notes = [f"{count} records left out: {why}" for why, count in left.items()]
    if not events:
        raise TraceError(
            f"{path}: no record has a model, a text and feedback ({'; '.join(notes) or 'it is empty'}); feedback is "
            f"a column such as {', '.join(FEEDBACK)}; LiteLLM keeps texts only with store_prompts_in_spend_logs"
        )
    if 0 < unsaid < len(events):
        notes.append(f"{unsaid} records with feedback name no propensity: their model is taken to have been certain")
    return Experience(path.stem, tuple(events), tuple(notes))


def _event(record: Mapping[str, Any]) -> Event | str:
    """The event of a record, or why it is none; Unusable where a number cannot be what its column holds."""
    model, asked, said = _first(record, MODEL), _first(record, ASKED), _first(record, FEEDBACK)
    text, good = _text(asked), _good(said)
    if not isinstance(model, str) or not model:
        return "no model"
    if not text:
        return "no text"
    if math.isnan(good):
        return "no feedback" if said is None else f"feedback in words other than {', '.join(WORDS)}"
    if str(record.get("cache_hit")).lower() == "true":
        return "answered by a cache, so that what was spent is no price of the model's"
    usage = next((told for path in USAGE if isinstance(told := _inside(record, path), dict) and told), record)
    return Event(
        text=text,
        model=model,
        good=_scale(good),
        propensity=_chance(_first(record, PROPENSITY)),
        tokens_in=_amount(first_of([usage, record], TOKENS_IN), "tokens in"),
        tokens_out=_amount(first_of([usage, record], TOKENS_OUT), "tokens out"),
        cost=_amount(first_of([record], COST), "spend"),
    )


def _scale(good: float) -> float:
    if not 0.0 <= good <= 1.0:
        raise Unusable(f"feedback {good:g}; it is 0 (wrong) to 1 (right): bring stars, or -1 and 1, to that scale")
    return good


def _chance(value: Any) -> float:
    chance = number(value)
    if value is not None and not 0.0 < chance <= 1.0:
        raise Unusable(f"propensity {value!r}; write the chance, above 0 to 1, with which the model was chosen")
    return 1.0 if value is None else chance


def _amount(value: Any, name: str) -> float:
    """A number from 0 on, NaN where there is none."""
    amount = number(value)
    if amount < 0.0 or math.isinf(amount):
        raise Unusable(f"{name} {amount:g}; write a number from 0 on, or leave it out where it is not known")
    return amount


def _first(record: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    return next((value for path in paths if (value := _inside(record, path)) not in (None, "", [], {})), None)


def _inside(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, through objects that stand there as text too."""
    if (value := as_json(found(record, path))) is not None:
        return value
    head, _, rest = path.partition(".")
    inner = as_json(record.get(head))
    return _inside(inner, rest) if rest and isinstance(inner, dict) else None


def _good(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    return WORDS.get(value.strip().lower(), number(value)) if isinstance(value, str) else number(value)


def _text(asked: Any) -> str:
    """All that was said, a line each."""
    if isinstance(asked, str):
        return asked
    lines = []
    for message in asked if isinstance(asked, list) else []:
        content = message.get("content") if isinstance(message, dict) else message
        parts = content if isinstance(content, list) else [content]
        lines += [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "\n".join(line for line in lines if isinstance(line, str))
