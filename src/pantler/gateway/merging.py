"""The pieces of a stream put together again, fields that nobody has heard of too.

A text inside a delta goes on where the last piece of it ended, but for names such as an id, which are said once; lists
of things that bear an `index` are merged thing by thing, other lists are appended; of all else the last word counts.
"""

from collections.abc import Iterable
from typing import Any

SAID_ONCE = frozenset({"role", "id", "type", "name", "object", "format", "signature"})
CONTINUED = frozenset({"text"})  # goes on outside of deltas as well


class Text(list[str]):
    """A text of which parts are still to come: joined once, at the end, so that long answers take linear time."""


def merged(pieces: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All pieces as one object, in which each choice's `delta` holds all that its deltas brought."""
    whole: dict[str, Any] = {}
    for piece in pieces:
        _merge(whole, piece, in_delta=False)
    return _joined(whole)  # type: ignore[no-any-return] # a dictionary stays one


def _merge(into: dict[str, Any], piece: dict[str, Any], *, in_delta: bool) -> None:
    for name, value in piece.items():
        old = into.get(name)
        if value is None:
            into.setdefault(name, None)
        elif isinstance(value, str):
            into[name] = _gone_on(old, value, said_once=name in SAID_ONCE or not (in_delta or name in CONTINUED))
        elif isinstance(value, dict):
            if not isinstance(old, dict):
                old = into[name] = {}
            _merge(old, value, in_delta=in_delta or name == "delta")
        elif isinstance(value, list):
            if not isinstance(old, list) or isinstance(old, Text):
                old = into[name] = []
            _extend(old, value, in_delta=in_delta)
        else:
            into[name] = value


def _gone_on(old: Any, value: str, *, said_once: bool) -> Any:
    if said_once:
        return value or old or ""
    if not isinstance(old, Text):
        return Text([value])
    old.append(value)
    return old


def _extend(into: list[Any], values: list[Any], *, in_delta: bool) -> None:
    for value in values:
        if not isinstance(value, dict):
            into.append(value)
            continue
        same = _same_thing(into, value)
        if same is None:
            into.append(same := {})
        _merge(same, value, in_delta=in_delta)


def _same_thing(things: list[Any], value: dict[str, Any]) -> dict[str, Any] | None:
    index = value.get("index")
    if index is None:
        return None
    for thing in reversed(things):
        if isinstance(thing, dict) and thing.get("index") == index:
            named = value.get("id") and thing.get("id") and value["id"] != thing["id"]
            return None if named else thing
    return None


def _joined(value: Any) -> Any:
    if isinstance(value, Text):
        return "".join(value)
    if isinstance(value, dict):
        return {name: _joined(inner) for name, inner in value.items()}
    return [_joined(inner) for inner in value] if isinstance(value, list) else value
