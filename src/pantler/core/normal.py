"""Texts in one form for all that say the same in other case, punctuation or notation of numbers."""

import re
import unicodedata
from hashlib import blake2b

from pantler.core.answers import Said, said_in
from pantler.core.packing import packed

MOST_BYTES = 4096  # of a body whose text is compared; longer ones are seldom equal
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
PLACES = re.compile(r"\.\d+")
WORD = re.compile(r"-?\d+(?:\.\d+)?|\w+")
ARTICLES = frozenset({"a", "an", "the"})


def digest(body: bytes, key: int) -> int:
    """A number for what a short answer says, equal for answers to one query that say the same; 0 for any other.

    It is keyed by the query's key, so that it tells nobody what was said.
    """
    if len(body) > MOST_BYTES:
        return 0
    said = [normalised(each) for each in said_in(body)]
    if not any(said):
        return 0
    return int.from_bytes(blake2b("\n".join(said).encode(), digest_size=8, key=packed(key)).digest()) or 1


def normalised(said: Said) -> str:
    """The words without their case, articles and punctuation; numbers by their value; tool calls as they are."""
    return repr(said.calls) if said.calls else normal(said.text)


def normal(text: str) -> str:
    """A text in that form."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = PLACES.sub(lambda places: places[0].rstrip("0").rstrip("."), THOUSANDS.sub("", text))
    words = WORD.findall(text)
    return " ".join(words if len(words) == 1 else [word for word in words if word not in ARTICLES])
