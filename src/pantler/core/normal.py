"""Texts in one form for all that say the same in other case, punctuation or notation of numbers."""

import re
import unicodedata

from pantler.core.answers import Said

THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
ZEROS = re.compile(r"(\.\d*?)0+(?!\d)")
WORD = re.compile(r"-?\d+(?:\.\d+)?|\w+")
ARTICLES = frozenset({"a", "an", "the"})


def normalised(said: Said) -> str:
    """The words without their case, articles and punctuation; numbers by their value; tool calls as they are."""
    return repr(said.calls) if said.calls else normal(said.text)


def normal(text: str) -> str:
    """A text in that form."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = ZEROS.sub(lambda zeros: "" if zeros[1] == "." else zeros[1], THOUSANDS.sub("", text))
    words = WORD.findall(text)
    return " ".join(words if len(words) == 1 else [word for word in words if word not in ARTICLES])
