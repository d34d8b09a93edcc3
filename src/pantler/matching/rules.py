"""Rules that refuse a pair before its chance is weighed, each with the name that a reason carries."""

import re
from collections.abc import Callable

from pantler.core.refusing import plain
from pantler.matching.wording import Wording, listed

LITERAL = "code_literal_differs"
MOST_STRETCH = 2.5
MOST_HELPED = 4  # content words of a text in which their order alone tells who does what to whom
MOST_WORDS_APART = 4  # texts further apart than by two words for two others are the model's to judge

_CODE = re.compile(
    r"`[^`]+`|```|\b\w+\([^)]*\)\s*[;{]?|\b[^\W_]+_\w+\b|\s--?[a-z][\w-]*\b|[\w.-]+/[\w./-]+|\b\w+\.(?:py|js|ts|go|rs|c|cpp|java|sh"
    r"|json|ya?ml|toml)\b|\bv?\d+\.\d+(?:\.\d+)?\b|[=!<>]=|[{};]|\b[a-z]+[A-Z]\w*"
)
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`|\S+")
_ASKING = listed("how what do does can could should would i you we one")  # that are literals in no language
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
    "morning evening", "pros cons", "happy sad", "cheap expensive", "fast slow", "heavy light", "freeze thaw",
    "men women", "man woman", "husband wife", "husbands wives", "early late", "raise lower", "awake asleep",
    "login logout", "encourage discourage", "rich poor", "old young", "old new", "thick thin", "deep shallow",
)  # fmt: skip
_ADDED = listed(
    "without only simultaneously becoming unless except until instead former ex previously json table csv "
    "yaml xml markdown bullet bullets sentence sentences word words paragraph french spanish german italian chinese "
    "japanese briefly short detail detailed almost nearly future capita example examples simple"
)


_PRESENT, _PAST = listed("is are do does"), listed("was were did")
_PERFECT, _LONG_PAST = listed("has have"), listed("had")
_AUXILIARIES = _PRESENT | _PAST | _PERFECT | _LONG_PAST | listed("can could will")
_LOOSE = listed("can could there")  # "can I" asks how, and "are there any" which
_HELPING = listed("do does did has have had")
_ADDRESSED = listed("you i we")  # of whom "could" is asked politely
_CONTRACTED = {f"{word}'s": (word, "is") for word in listed("who what where when how he she it there")}
_REVERSING = "un", "dis", "in", "im", "il", "ir", "de", "non", "non-"
SHORTEST_REVERSED = 4  # letters behind such a prefix: "side" and "inside" are, "put" and "input" are not


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
    if len(here) != len(there):
        return False
    apart = [pair for pair in zip(here, there, strict=True) if pair[0] != pair[1]]
    return len(apart) <= 2 and any(not _ASKING.issuperset(map(str.lower, pair)) for pair in apart)


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
    if any(not only_there.isdisjoint(_OPPOSITES.get(word, ())) for word in only_here):
        return True
    return _reversed(only_here, only_there) or _reversed(only_there, only_here)


def _reversed(some: set[str], others: set[str]) -> bool:
    """Whether a word of the others has a prefix before one of these that turns it round."""
    return any(prefix + word in others for word in some if len(word) >= SHORTEST_REVERSED for prefix in _REVERSING)


def _tense(asked: Wording, stored: Wording) -> bool:
    here, there = _spoken(asked), _spoken(stored)
    if len(here ^ there) > MOST_WORDS_APART or not (_inquires(asked) or _inquires(stored)):
        return False  # a sentence to be completed is as true in either tense
    only_here, only_there = here - there, there - here
    return _later(only_here, only_there, here | there) or _later(only_there, only_here, here | there)


def _later(some: set[str], others: set[str], all_words: set[str]) -> bool:
    """Whether what is only in some is said of a later time than what is only in the others."""
    if not others.isdisjoint(_PAST):
        return others.isdisjoint(_PRESENT) and some.isdisjoint(_PAST) and not some.isdisjoint(_PRESENT | {"will"})
    if {"will", "be"} <= some:
        return not others.isdisjoint(_PRESENT)
    if "can" in some and "could" in others:
        return _ADDRESSED.isdisjoint(all_words)
    return not some.isdisjoint(_PERFECT) and not others.isdisjoint(_LONG_PAST)


def _spoken(text: Wording) -> set[str]:
    """Its words, with those written out that an apostrophe shortens."""
    return {word for said in text.words for word in _CONTRACTED.get(plain(said), (said,))}


def _inquires(text: Wording) -> bool:
    return not text.to_complete and (bool(text.question) or _is_closed(text))


def _is_closed(text: Wording) -> bool:
    """Whether a text asks for a yes or a no."""
    return bool(text.words) and text.words[0] in _AUXILIARIES


def _added(asked: Wording, stored: Wording) -> bool:
    apart = set(asked.words) ^ set(stored.words)
    return len(apart) <= MOST_WORDS_APART and not _ADDED.isdisjoint(apart)


def _roles(asked: Wording, stored: Wording) -> bool:
    here, there = [word[:4] for word in asked.sequence], [word[:4] for word in stored.sequence]
    if sorted(here) != sorted(there) or len(here) < 2:
        return False
    if ("by" in asked.words) != ("by" in stored.words):
        return here == there
    if _TIED.intersection(asked.words) and _TIED.intersection(stored.words):
        return False
    if sorted(asked.words) == sorted(stored.words):
        return asked.sequence != stored.sequence
    return here != there and _is_helped(asked, stored)


def _is_helped(asked: Wording, stored: Wording) -> bool:
    """Whether two texts differ in the verbs that help others, and in how these end, alone: "who did she help"."""
    apart = set(asked.words) ^ set(stored.words)
    is_short = len(asked.sequence) <= MOST_HELPED
    return is_short and not apart.isdisjoint(_HELPING) and apart <= _HELPING | {*asked.sequence, *stored.sequence}


def _question(asked: Wording, stored: Wording) -> bool:
    if bool(asked.question) != bool(stored.question) and (_is_closed(asked) or _is_closed(stored)):
        apart = set(asked.words) ^ set(stored.words)
        return apart <= _AUXILIARIES | {asked.question, stored.question} and _LOOSE.isdisjoint(asked.words)
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
