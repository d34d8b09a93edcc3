"""How a text looks: its length, its lines, how much of it is digits, formulas or options to choose from."""

import re
from math import log, log1p

import numpy as np
from numpy.typing import NDArray

_DIGIT = re.compile(r"\d")
_CAPITAL = re.compile(r"[A-Z]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_OPTION = re.compile(r"^\(?[A-J][.)]", re.MULTILINE)

NAMES = (
    "characters", "spaces", "lines", "dollar signs", "backslashes", "question marks", "options", "share of digits",
    "share of capitals", "share outside ASCII", "share of brackets", "share of equals signs", "share of commas",
)  # fmt: skip
NUMBERS = len(NAMES)


def surface(text: str) -> NDArray[np.float32]:
    """Float32 (NUMBERS,): logarithms of lengths, counts on a log scale, shares of the characters."""
    characters = len(text) + 1
    count = text.count
    return np.array(
        [
            log(characters),
            log1p(count(" ")),
            log1p(count("\n")),
            log1p(count("$")),
            log1p(count("\\")),
            log1p(count("?")),
            log1p(len(_OPTION.findall(text))),
            len(_DIGIT.findall(text)) / characters,
            len(_CAPITAL.findall(text)) / characters,
            0.0 if text.isascii() else len(_FOREIGN.findall(text)) / characters,
            count("(") / characters,
            count("=") / characters,
            count(",") / characters,
        ],
        np.float32,
    )
