"""What a key expects, in words."""

from typing import Any

from msgspec import inspect

NUMBER = "a number"
WHOLE = "a whole number"
THOUSANDS = 1000  # from which on digits are grouped


def wanted(annotation: Any) -> str:
    """A phrase that follows "give", such as "a whole number of at least 1"."""
    return _words(inspect.type_info(annotation))


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType():
            return _one_of([_words(each) for each in kind.types if not isinstance(each, inspect.NoneType)])
        case inspect.LiteralType():
            return _one_of([f'"{value}"' for value in kind.values])
        case inspect.IntType() | inspect.FloatType():
            return (WHOLE if isinstance(kind, inspect.IntType) else NUMBER) + _range(kind)
        case inspect.VarTupleType() | inspect.ListType() | inspect.DictType():
            return _filled(kind)
        case inspect.StrType():
            return "text in quotes" + ", not empty" * bool(kind.min_length) + " and in one line" * bool(kind.pattern)
        case _:
            return PLAIN.get(type(kind), "something else")


def _filled(kind: inspect.VarTupleType | inspect.ListType | inspect.DictType) -> str:
    if not isinstance(kind, inspect.DictType):
        return f"a list, each entry {_words(kind.item_type)}"
    anything = isinstance(kind.value_type, inspect.AnyType)
    return "a table" if anything else f"a table, each value {_words(kind.value_type)}"


PLAIN: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.StructType: "a table",
}


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {_bound(kind.le)}"
    if kind.lt is not None:
        return (
            f" from {kind.ge:g} to below {kind.lt:g}"
            if kind.ge is not None
            else f" between {kind.gt:g} and {kind.lt:g}"
        )
    if kind.ge is not None:
        return f" of at least {kind.ge:g}"
    if kind.gt is not None:
        return f" above {kind.gt:g}" + ("" if kind.le is None else f" and at most {_bound(kind.le)}")
    return ""


def _bound(most: float) -> str:
    return f"{most:,.0f}" if most >= THOUSANDS else f"{most:g}"


def _one_of(phrases: list[str]) -> str:
    different = list(dict.fromkeys(phrases))
    if NUMBER in different and WHOLE in different:
        different.remove(WHOLE)
    return different[0] if len(different) == 1 else f"{', '.join(different[:-1])} or {different[-1]}"
