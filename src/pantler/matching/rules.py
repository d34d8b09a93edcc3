"""Rules that refuse a pair before its chance is weighed, each with the name that a reason carries."""

import re
from collections.abc import Callable

from pantler.matching.wording import Wording, listed

MOST_STRETCH = 2.5
MOST_WORDS_APART = 4  # texts further apart than by two words for two others are the model's to judge

_CODE = re.compile(
    r"```|\b\w+\([^)]*\)\s*[;{]?|\b[^\W_]+_\w+\b|\s--?[a-z][\w-]*\b|[\w.-]+/[\w./-]+|\b\w+\.(?:py|js|ts|go|rs|c|cpp|java|sh"
    r"|json|ya?ml|toml)\b|\bv?\d+\.\d+(?:\.\d+)?\b|[=!<>]=|[{};]|\b[a-z]+[A-Z]\w*"
)
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\S+")
_TIED = frozenset(("and", "or", "with", "between", "both", "versus", "vs"))
_ASKS = frozenset(
    (
        "who",
        "whom",
        "whose",
        "when",
        "where",
        "why",
        "how many",
        "how much",
        "how long",
        "how often",
        "how far",
        "how old",
    )
)

_APART = (
    "before after", "more less fewer", "most least", "and or", "max min", "maximum minimum", "on off", "him her",
    "he she", "his her", "hers his", "increase decrease", "up down", "all some no any", "every some", "always never",
    "at least,at most", "is becoming", "was becoming", "become becoming", "open close",
    "start stop", "enable disable", "activate deactivate", "add remove", "over under", "above below", "higher lower",
    "buy sell",
    "lend borrow", "accept reject", "win lose", "import export", "upload download", "left right", "inside outside",
    "current former", "first last", "next previous", "cheapest dearest", "best worst", "biggest smallest", "hot cold",
    "largest smallest", "longest shortest", "highest lowest", "oldest youngest", "safe dangerous", "north south",
    "east west", "into out", "gain lose", "won lost", "rise fall", "allow deny", "encrypt decrypt", "encode decode",
    "push pull", "install uninstall", "deposit withdraw", "send receive", "hire fire", "arrive depart",
    "morning evening",
)  # fmt: skip
_ADDED = listed(
    "without only simultaneously becoming unless except until instead former ex previously json table csv "
    "yaml xml markdown bullet bullets sentence sentences word words paragraph french spanish german italian chinese "
    "japanese briefly short detail detailed"
)


_TENSES = ("is", "was"), ("are", "were")
_VERBS = frozenset(verb for tense in _TENSES for verb in tense)


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _APART:
        words = group.replace("at ", "").replace(",", " ").split()
        for word in words:
            found.setdefault(word, set()).update(other for other in words if other != word)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITES = _opposites()


def is_code(text: str) -> bool:
    """Whether a text speaks of code: flags, paths, calls, versions."""
    return _CODE.search(text) is not None


def literal_differs(asked: str, stored: str) -> bool:
    """Whether two texts that speak of code are the same but for literals."""
    if not (is_code(asked) or is_code(stored)):
        return False
    here, there = _LITERAL.findall(asked), _LITERAL.findall(stored)
    return len(here) == len(there) and 0 < sum(one != other for one, other in zip(here, there, strict=True)) <= 2


def _numbers(asked: Wording, stored: Wording) -> bool:
    return asked.numbers != stored.numbers


def _negation(asked: Wording, stored: Wording) -> bool:
    return bool(asked.negations) != bool(stored.negations)


def _names(asked: Wording, stored: Wording) -> bool:
    here, there = asked.names - stored.names, stored.names - asked.names
    return bool({name.lower() for name in here} - set(stored.words)) and bool(
        {name.lower() for name in there} - set(asked.words)
    )


def _opposite(asked: Wording, stored: Wording) -> bool:
    here, there = set(asked.words), set(stored.words)
    only_here, only_there = here - there, there - here
    if len(only_here) + len(only_there) > MOST_WORDS_APART:
        return False
    return any(not only_there.isdisjoint(_OPPOSITES.get(word, ())) for word in only_here)


def _tense(asked: Wording, stored: Wording) -> bool:
    here, there = set(asked.words), set(stored.words)
    if len(here ^ there) > MOST_WORDS_APART or not (_inquires(asked) or _inquires(stored)):
        return False  # a sentence to be completed is as true in either tense
    only_here, only_there = here - there, there - here
    return any(
        (past in only_here and present in only_there) or (past in only_there and present in only_here)
        for present, past in _TENSES
    )


def _inquires(text: Wording) -> bool:
    return not text.to_complete and (bool(text.question) or (bool(text.words) and text.words[0] in _VERBS))


def _added(asked: Wording, stored: Wording) -> bool:
    apart = set(asked.words) ^ set(stored.words)
    return len(apart) <= MOST_WORDS_APART and not _ADDED.isdisjoint(apart)


def _roles(asked: Wording, stored: Wording) -> bool:
    here, there = [word[:4] for word in asked.sequence], [word[:4] for word in stored.sequence]
    if sorted(here) != sorted(there) or len(here) < 2:
        return False
    if ("by" in asked.words) != ("by" in stored.words):
        return here == there
    is_tied = bool(_TIED.intersection(asked.words) and _TIED.intersection(stored.words))
    return sorted(asked.words) == sorted(stored.words) and here != there and not is_tied


def _question(asked: Wording, stored: Wording) -> bool:
    if not asked.question or not stored.question or asked.question == stored.question:
        return False
    if asked.question not in _ASKS and stored.question not in _ASKS:
        return False
    return len(set(asked.words) ^ set(stored.words)) <= MOST_WORDS_APART


def _stretch(asked: Wording, stored: Wording) -> bool:
    short, long = sorted((asked.length, stored.length))
    return long > MOST_STRETCH * short + 8


GATES: dict[str, Callable[[Wording, Wording], bool]] = {
    "numbers_differ": _numbers,
    "negation_differs": _negation,
    "names_differ": _names,
    "opposite_words": _opposite,
    "tense_differs": _tense,
    "a_word_that_changes_all": _added,
    "roles_differ": _roles,
    "question_differs": _question,
    "length_differs": _stretch,
}


def refused_pair(asked: Wording, stored: Wording) -> str | None:
    """The rule by which two texts are never taken for the same, or None."""
    for name, differs in GATES.items():
        if differs(asked, stored):
            return name
    return None
