"""Plain functions compiled as they stand, around other plain functions, with the machine code kept on disk."""

import os
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from pantler.core.errors import ConfigError, MissingExtra

Function = Callable[..., Any]

# Without reference counts, which cost half the speed; all arrays belong to the caller, and nothing is allocated.
# No fastmath: a float means the same as in the engine.
OPTIONS: dict[str, Any] = {"nogil": True, "forceinline": True, "_nrt": False}

_compiled: dict[str, Function] = {}


def specialised(template: Function, names: Mapping[str, Any]) -> Function:
    """`template` compiled, with `names` in place of the globals of those names, there and in all that it calls.

    Code, constants and kinds of tuples that go into it are digested into the name under which the machine code is kept:
    nothing is compiled twice on one machine, and changed code never meets stale machine code. Functions that `names`
    names under APART are called, not put in place: large ones take minutes to compile otherwise. Raises MissingExtra
    without Numba, ConfigError where the cache folder cannot be written.
    """
    try:
        import numba
    except ImportError as error:
        raise MissingExtra("the sweep", "simulator") from error
    weaver = _Weaver(names)
    woven = weaver.woven(template)
    parts = [numba.__version__, repr(OPTIONS), *_kinds(woven.__annotations__), *weaver.parts]
    digest = sha256("\n".join(parts).encode()).hexdigest()[:32]
    if digest not in _compiled:
        anchor = _anchor(f"{template.__module__.rpartition('.')[2]}_{digest}.py")
        kept = _copy(woven, woven.__globals__, woven.__code__.replace(co_filename=str(anchor)))
        _compiled[digest] = numba.njit(cache=True, **{**OPTIONS, "forceinline": False})(kept)
    return _compiled[digest]


class _Weaver:
    """Copies functions so that each calls compiled copies of what it called, noting all that goes into them."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.parts: list[str] = []
        self._copies: dict[Function, Function] = {}

    def woven(self, function: Function) -> FunctionType:
        """The function over its own globals, in which the functions it names are compiled."""
        plain = _interpreted(function)
        code = plain.__code__
        self.parts += [code.co_name, code.co_code.hex(), repr(code.co_consts), repr(code.co_names)]
        held = dict(plain.__globals__)
        for name in code.co_names:
            if name in self.names or name in held:
                held[name] = self._bound(name, self.names.get(name, held.get(name)))
        return _copy(plain, held, code)

    def _bound(self, name: str, value: Any) -> Any:
        if not _is_ours(value):
            is_constant = isinstance(value, bool | int | float | str | tuple)
            self.parts.append(f"{name} = {value if is_constant else type(value)}")
            return value
        if value not in self._copies:
            from numba import njit

            options = {**OPTIONS, "forceinline": name not in self.names.get("APART", ())}
            self._copies[value] = njit(**options)(self.woven(value))
        return self._copies[value]


def _kinds(annotations: Mapping[str, Any]) -> list[str]:
    """The named tuples that are passed, by where they are defined: machine code is found again by that."""
    tuples = [each for each in annotations.values() if isinstance(each, type) and hasattr(each, "_fields")]
    return [
        name for each in tuples for name in (f"{each.__module__}.{each.__qualname__}", *_kinds(each.__annotations__))
    ]


def _is_ours(value: Any) -> bool:
    """Whether the value is a function with Python source, be it imported as compiled C."""
    if isinstance(value, FunctionType):
        return True
    return type(value).__name__ == "builtin_function_or_method" and _source(value) is not None


def _source(function: Function) -> Path | None:
    """The Python file beside the compiled module of a function."""
    file = getattr(sys.modules.get(function.__module__ or ""), "__file__", None)
    if not file or file.endswith(".py"):  # no file at all: built into the interpreter, as math is in some
        return None
    path = Path(file).with_name(Path(file).name.partition(".")[0] + ".py")
    return path if path.exists() else None


def _interpreted(function: Function) -> FunctionType:
    """The function itself, or its twin read from source where it was imported as compiled C."""
    if isinstance(function, FunctionType):
        return function
    spec = spec_from_file_location(function.__module__, _source(function))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    twin: FunctionType = getattr(module, function.__name__)
    return twin


def _copy(function: FunctionType, held: dict[str, Any], code: CodeType) -> FunctionType:
    copy = FunctionType(code, held, function.__name__, function.__defaults__, function.__closure__)
    copy.__annotations__ = function.__annotations__
    return copy


def _anchor(name: str) -> Path:
    """The file beside which Numba keeps the machine code, and by whose name it finds it again."""
    path = cache_folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text('"""Numba keeps compiled code of pantler beside this file; safe to delete."""\n')
    except OSError as error:
        raise ConfigError(
            f"{path.parent}: cannot be written ({error.strerror}); set PANTLER_CACHE_DIR to a folder that can"
        ) from error
    return path


def cache_folder() -> Path:
    """Where compiled kernels are kept: PANTLER_CACHE_DIR, or else the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("PANTLER_CACHE_DIR")
    return (Path(chosen) if chosen else user_cache_path("pantler")) / "kernels"
