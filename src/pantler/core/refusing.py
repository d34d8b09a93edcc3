"""Answers that refuse in words, which no field of theirs tells, and others that fit their own question alone."""

import re
from typing import Final

from pantler.core.answers import Said, said_in

REFUSALS: Final = (
    r"^(i'?m|i am) (sorry|afraid|unable|not able)",
    r"^sorry\b",
    r"^i (can'?t|cannot|can not|won'?t|don'?t know|do not know)\b",
    r"^as an? (ai|artificial|large|language)",
    r"^(unfortunately,? )?i (do not|don'?t) have (access|enough|the ability)",
)

FIRST: Final = frozenset("aAiIsSuU")  # what they begin with, as far as ASCII goes: others fold to some of these

_refusal: Final = re.compile("|".join(f"(?:{pattern})" for pattern in REFUSALS), re.IGNORECASE)


def plain(text: str) -> str:
    """A text with the apostrophe that the patterns are written with."""
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def fits_rewordings(answer: bytes) -> bool:
    """Whether an answer says all it has to in words: no choice refuses, calls a tool or was cut, at whatever length."""
    return all(map(_fits, said_in(answer)))


def _fits(said: Said) -> bool:
    return bool(said.text) and not (said.calls or said.unfinished(None) or refuses_in_words(said.text))


def refuses_in_words(text: str) -> bool:
    """Whether a text begins as refusals do."""
    begun = text.lstrip()
    if begun[:1].isascii() and begun[:1] not in FIRST:  # as most do
        return False
    return _refusal.match(plain(begun)) is not None
