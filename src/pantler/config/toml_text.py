"""A text of TOML as plain tables, or the one mistake that keeps it from being read."""

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

from pantler.core.errors import BadConfig, Mistake

MOST_BYTES = 4 << 20  # keys of some 20,000 clients
MOST_DEPTH = 32  # of tables and lists in one another, and of names in a dotted key
APART = r"[=,{}\[\]\n]"  # what stands between two keys, or a key and its value
NO_KEY = r'"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?|#[^\n]*'
TOO_DEEP = f"nest tables, lists and dotted keys at most {MOST_DEPTH} deep"


def text_of(file: Path) -> str:
    """What the file holds; BadConfig where it cannot be read, or is none that anybody wrote."""
    try:
        with file.open("rb") as opened:
            held = opened.read(MOST_BYTES + 1)
        text = held.decode()
    except (OSError, UnicodeDecodeError) as error:
        is_shut = isinstance(error, PermissionError)
        remedy = "let the user who runs pantler read it" if is_shut else "name a TOML file"
        raise _bad(file, f"it cannot be read: {_why(error)}", remedy) from error
    if text.startswith("\ufeff"):
        raise _bad(file, "it begins with a byte order mark, which TOML has not", "save it as UTF-8 without a BOM")
    if len(held) > MOST_BYTES:
        raise _bad(file, f"it has more than {MOST_BYTES:,} bytes", "name a TOML file that is shorter")
    return text


def tables_of(text: str, file: Path) -> dict[str, Any]:
    """The tables in a text; BadConfig where it is no TOML, or deeper than any configuration."""
    longest = max(part.count(".") for part in re.split(APART, re.sub(NO_KEY, "", text, flags=re.DOTALL)))
    if longest >= MOST_DEPTH:  # each name would be looked up for each further one
        raise _bad(file, f"it has a key of {longest + 1} names with dots between", TOO_DEEP)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(file, f"it is no TOML: {error}", "mend the line") from error
    except RecursionError as error:
        raise _bad(file, "its tables or lists are nested too deep to be read", TOO_DEEP) from error
    except ValueError as error:  # Python reads no number of thousands of digits
        raise _bad(file, "it has a number of thousands of digits", "give one that is shorter") from error
    if _is_deep(given):
        raise _bad(file, f"its tables or lists are nested more than {MOST_DEPTH} deep", TOO_DEEP)
    return given


def _is_deep(given: dict[str, Any]) -> bool:
    level: list[Any] = [given]
    for _ in range(MOST_DEPTH):
        level = list(chain.from_iterable(_inner(each) for each in level))
    return bool(level)


def _inner(given: object) -> list[Any]:
    inner = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]


def _bad(file: Path, wrong: str, remedy: str) -> BadConfig:
    return BadConfig(str(file), [Mistake("", "", wrong, remedy)])


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
