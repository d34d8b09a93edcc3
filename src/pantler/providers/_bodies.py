"""The JSON of an ask as it goes to an upstream that speaks as OpenAI does.

All of a client's fields go on as they were spelled but the three that are pantler's own: `model`, `stream`,
`stream_options`. A body that names anything twice is written anew from what was read of it: its key in the cache is by
the last value of a name, and another reader might take the first.
"""

import re
from typing import Any, Final

import msgspec

from pantler.core.asks import Ask
from pantler.core.lengths import LENGTHS

STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"')
FIRST: Final = b'{"model":'
LAST: Final = b',"model":'  # behind a string's end or a bracket: in a string its quotes would be escaped
COLON: Final = re.compile(rb"\\u003[aA]")  # as a text may spell one

_encode: Final = msgspec.json.Encoder().encode
_spelled: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def limited(ask: Ask, most: int | None) -> Ask:
    """The ask with a limit of `most` tokens in place of one that is none: some write without end for 0 or -1."""
    if most is None:
        return ask
    none = [name for name in LENGTHS if name in ask.body and isinstance(given := ask.body[name], int) and given <= 0]
    if not none:
        return ask
    bounded = ask.copy()
    bounded.body, bounded.sent = {**ask.body, **dict.fromkeys(none, most)}, b""
    return bounded


def whole_body(ask: Ask, model: str) -> bytes:
    """An ask for a whole answer of what the upstream knows as `model`."""
    read, sent = ask.body, ask.sent
    written = _encode(read)
    spelled = _as_spelled(sent, written)
    has_own = "stream" in read or "stream_options" in read
    if spelled and not has_own:
        named = read.get("model")
        if named == model:
            return sent
        renamed = _renamed(sent, _encode(named), _encode(model)) if isinstance(named, str) else b""
        if renamed:
            return renamed
    body: dict[str, Any] = {**(_spelled(sent) if spelled and sent != written else read), "model": model}
    body.pop("stream", None)
    body.pop("stream_options", None)
    return _encode(body)


def streamed_body(ask: Ask, model: str) -> bytes:
    """An ask for a stream that ends with its usage."""
    read, sent = ask.body, ask.sent
    written = _encode(read)
    given = read.get("stream_options")
    options = {**(given if isinstance(given, dict) else {}), "include_usage": True}
    fields: dict[str, Any] = _spelled(sent) if sent != written and _as_spelled(sent, written) else read
    return _encode({**fields, "model": model, "stream": True, "stream_options": options})


def _renamed(sent: bytes, old: bytes, new: bytes) -> bytes:
    """A body that names its model first or last with the other name in its place; empty where it does not."""
    if sent.startswith(FIRST + old):
        return FIRST + new + sent[len(FIRST) + len(old) :]
    last = LAST + old + b"}"
    return sent[: len(sent) - len(last)] + LAST + new + b"}" if sent.endswith(last) else b""


def _as_spelled(sent: bytes, written: bytes) -> bool:
    """Whether what was sent may go on: no object in it names a field twice, as many colons were sent as were read."""
    if sent == written or not sent:
        return bool(sent)
    if b"\\u003" in sent and COLON.search(sent):
        sent, written = STRING.sub(b"", sent), STRING.sub(b"", written)
    return sent.count(b":") == written.count(b":")
