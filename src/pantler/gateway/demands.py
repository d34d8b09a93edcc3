"""What a JSON Schema demands of values, read once, so that holding a request against it takes little."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pantler.gateway.schemas import Schema

Misfit = tuple[str, str]  # where within the value, and what must be there

WORDS: Final = {
    "string": "text",
    "array": "a list",
    "object": "an object",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
READ_AS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "number": (int, float, msgspec.Raw),  # raw: one that no float holds
    "integer": (int, float, msgspec.Raw),
    "boolean": (bool,),
    "null": (type(None),),
}


class Demand:
    """Of which kind a value must be."""

    __slots__ = ("_among", "_any_of", "_is_whole", "_required", "_types", "_within", "_words")

    def __init__(self, schema: Schema) -> None:
        said = schema.get("type", [])
        names: list[str] = [said] if isinstance(said, str) else said
        self._words = " or ".join([WORDS[name] for name in names])
        self._types = frozenset([read_as for name in names for read_as in READ_AS[name]])
        self._is_whole = "number" not in names  # whether a number has to be
        self._any_of: list[Demand] = [Demand(each) for each in schema.get("anyOf", ())]
        self._among: Demand | None = Demand(schema["items"]) if schema.get("items") else None
        self._within: dict[str, Demand] = demands_of(schema.get("properties", {}))
        self._required: tuple[str, ...] = tuple(schema.get("required", ()))

    def misfit(self, value: Any) -> Misfit | None:
        """Where a value is of another kind."""
        if self._any_of:
            return self._none_of(value)
        if self._types and not self._is_one(value):
            return "", self._words
        if isinstance(value, dict):
            return self._misfit_within(value)
        return self._misfit_among(value) if self._among is not None and isinstance(value, list) else None

    def _is_one(self, value: Any) -> bool:
        if type(value) not in self._types:
            return False
        return not (self._is_whole and isinstance(value, float) and not value.is_integer())

    def _none_of(self, value: Any) -> Misfit | None:
        found = [each.misfit(value) for each in self._any_of]
        deeper = [each for each in found if each is not None and each[0]]
        if None in found:
            return None
        return deeper[0] if deeper else ("", " or ".join([each[1] for each in found if each is not None]))

    def _misfit_within(self, value: dict[str, Any]) -> Misfit | None:
        within = self._within
        for name in self._required:
            if name not in value:
                meant = within[name]._words if name in within else ""
                return f".{name}", f"there, {meant or 'anything'}"
        for name, demand in within.items():
            if name in value and (found := demand.misfit(value[name])) is not None:
                return f".{name}{found[0]}", found[1]
        return None

    def _misfit_among(self, value: list[Any]) -> Misfit | None:
        assert self._among is not None, "nothing is said of what is in the list"
        for index, one in enumerate(value):
            if (found := self._among.misfit(one)) is not None:
                return f"[{index}]{found[0]}", found[1]
        return None


def demands_of(fields: Mapping[str, Schema]) -> dict[str, Demand]:
    """What is demanded of each field that has a schema."""
    return {name: Demand(each) for name, each in fields.items()}
