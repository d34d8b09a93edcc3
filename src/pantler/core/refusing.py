"""Answers that refuse in words, which no field of theirs tells."""

import re

from pantler.core.answers import said_in

REFUSALS = (
    r"^(i'?m|i am) (sorry|afraid|unable|not able)",
    r"^sorry\b",
    r"^i (can'?t|cannot|can not|won'?t|don'?t know|do not know)\b",
    r"^as an? (ai|artificial|large|language)",
    r"^(unfortunately,? )?i (do not|don'?t) have (access|enough|the ability)",
)

_refusal = re.compile("|".join(f"(?:{pattern})" for pattern in REFUSALS), re.IGNORECASE)


def plain(text: str) -> str:
    """A text with the apostrophe that the patterns are written with."""
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def refuses(answer: bytes) -> bool:
    """Whether a choice of an answer begins as refusals do."""
    return any(refuses_in_words(said.text) for said in said_in(answer))


def refuses_in_words(text: str) -> bool:
    """Whether a text begins as refusals do."""
    return _refusal.match(plain(text.lstrip())) is not None
