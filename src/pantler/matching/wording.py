"""What of a text a matcher compares, read once and kept with the entry."""

import re
from itertools import pairwise

import msgspec

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?|[^\w\s.,;:!?'\"]")
_NUMBER = re.compile(
    r"(?:(?<![\w)])[-\u2212])?\d+(?:[.,:/-]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty"
    r"|hundred|thousand|million|billion|half|third|quarter|double|twice|first|second|once|both)\b"
)
_CAPITAL = re.compile(r"\b[A-Z][\w-]+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|cannot|none|nothing|nobody|neither|nor|hardly|except|non)\b|n['\u2019]t\b"
    r"|\b(?:dont|cant|wont|doesnt|didnt|isnt|wasnt|arent|couldnt|shouldnt|havent|hasnt)\b"
)
_BLANK = re.compile(r"__|\[MASK\]")
_QUESTION = re.compile(
    r"\b(?:whose|who|whom|what|when|where|why|which|how(?: (?:many|much|long|often|far|old|big))?)\b"
)


def listed(words: str) -> frozenset[str]:
    """The words of a list that is written as a line."""
    return frozenset(words.split())


_COMMON = listed(
    "a an the is are was were be been being am do does did to of in on at by for with and or i me my you your it its "
    "this that there can could would should will please have has had so if as from about what how who when where why "
    "which us our we they them their he she his him her hers"
)
_SHARP = listed(
    "before after until since during while or all some any every each most many few only more less least fewer higher "
    "lower above below over under up down out on off max maximum min minimum with without than becoming become became "
    "was were former current next last previous then now simultaneously increase decrease buy sell open close start "
    "stop enable disable activate deactivate add remove allow deny import export upload download lend borrow accept "
    "reject win lose always sometimes usually still already yet again indoors outdoors inside outside left right he "
    "she him her his hers by from to"
)


class Wording(msgspec.Struct, frozen=True, gc=False):
    """A text's words and what stands out among them; the numbers, names, negations as sets.

    `to_complete` is that it has a blank, so that a verb in front or a "which" in it makes no question of it.
    """

    length: int
    words: tuple[str, ...]
    sequence: tuple[str, ...]
    content: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    content_pairs: frozenset[tuple[str, str]]
    groups: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    negations: frozenset[str]
    sharp: frozenset[str]
    question: str
    to_complete: bool


def read(text: str) -> Wording:
    """Read a text; some 40 us for a question of ten words."""
    low = text.lower()
    words = tuple(_WORD.findall(low))
    content = [word for word in words if word not in _COMMON]
    question = _QUESTION.search(low)
    return Wording(
        length=len(low),
        words=words,
        sequence=tuple(content),
        content=frozenset(content),
        pairs=frozenset(pairwise(words)),
        content_pairs=frozenset(pairwise(content)),
        groups=frozenset([low[start : start + 3] for start in range(len(low) - 2)]),
        numbers=frozenset(_NUMBER.findall(low)),
        names=frozenset(_CAPITAL.findall(text[1:])),
        negations=frozenset(_NEGATION.findall(low)),
        sharp=_SHARP.intersection(words),
        question=question.group() if question else "",
        to_complete=_BLANK.search(text) is not None,
    )
