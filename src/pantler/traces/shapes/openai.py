"""Requests in OpenAI's own words, alone or with the answer beside them, as gateways, batch inputs and scripts log them.

The body stands at the top of the record or under body, request, request.body or input; the answer under response,
response.body, output or at the top.
"""

from collections.abc import Collection, Iterator

from pantler.traces.content import ASKED, content_key, response_bytes
from pantler.traces.names import COST, TIME, TOKENS_IN, TOKENS_OUT, first_of
from pantler.traces.values import Read, Record, Unusable, Values, as_json, found, number, seconds

COST_UNIT = "dollars"
NOTES = ("request log: key from what decides the answer (messages, tools, sampling), not from the model",)
_BODIES = ("body", "request", "request.body", "input")
_ANSWERS = ("response", "response.body", "output")
_SAID = ("choices", "output", "completion", "response")


def fits(fields: Collection[str]) -> float:
    """0.5 where records with these columns may hold requests."""
    return 0.5 if {*ASKED, "body", "request"} & set(fields) else 0.0


def reader() -> Read:
    """A function from one record to its values."""
    return _read


def _read(record: Record) -> Values:
    key = next((key for body in _objects(record, _BODIES) if (key := content_key(body)) is not None), None)
    if key is None:
        raise Unusable(f"no {', '.join(ASKED)} in the record or its body")
    answers = list(_objects(record, _ANSWERS))
    counted = [usage for answer in answers for usage in _objects(answer, ("usage",))]
    return Values(
        key=key,
        size=response_bytes(first_of(answers, _SAID)),
        costs=(number(first_of(answers, COST)),),
        time=seconds(first_of([record, *answers], TIME)),
        tokens_in=number(first_of(counted, TOKENS_IN)),
        tokens_out=number(first_of(counted, TOKENS_OUT)),
    )


def _objects(record: Record, paths: tuple[str, ...]) -> Iterator[Record]:
    """The objects inside the record that the paths name, deepest first, then the record itself."""
    for path in reversed(paths):
        inner = as_json(found(record, path))
        if isinstance(inner, dict):
            yield inner
    yield record
