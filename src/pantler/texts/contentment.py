"""What a client says next of an answer: thanks, or that it is wrong.

Only how a short text, or a clause of its beginning, begins is looked at, in a few languages: that misses much, and
takes little for praise or blame that is none.
"""

import re
from typing import Final

LONGEST: Final = 400  # characters of a text that is about an answer; a longer one brings matter of its own
BEGINNING: Final = 120  # characters in which it is said

BLAME: Final = (
    r"(that|this|it|(your|the) answer)('s| is| was| looks)( still| just| simply| completely)? (wrong|incorrect|false)",
    r"(that|this|it|(your|the) answer)(('s| is| was)( still)? not| isn't| wasn't) (right|correct|true|what i)",
    r"(still |all )?(wrong|incorrect)$",
    r"wrong (answer|again)",
    r"you('re| are| were) (wrong|mistaken)",
    r"(that |this |it )?(still )?(doesn't|does not|didn't|did not) (work|help|answer|compile|run)\b",
    r"not what i (asked|meant|wanted)",
    r"try again$",
    r"(das|es|die antwort) (ist|war) (leider |immer noch )?(falsch|nicht richtig)",
    r"(das |es )?(stimmt|funktioniert|geht|hilft) (so |leider |immer noch )*nicht",
    r"(leider |immer noch )?falsch$",
    r"c'est (faux|incorrect)",
    r"(ça|cela) ne (marche|fonctionne) (toujours )?pas",
    r"(eso |esto |la respuesta )?(es incorrect|está mal|no es correct)",
    r"(eso |esto )?(todavía )?no funciona",
)
PRAISE: Final = (
    r"((many |ok |okay |great |perfect )*thanks|thank you|thx|cheers)\b(?! (note|letter|card|e?-?mail|message|speech))",
    r"(perfect|great|awesome|excellent|brilliant)$",
    r"(that|this|it) (worked|works|helped|helps|did it)\b(?! (not|in|on|with|by|when))",
    r"((vielen |besten |herzlichen )?dank|danke)\b",
    r"(perfekt|super|prima)$",
    r"das (hat geholfen|hat geklappt|stimmt$|passt$)",
    r"(merci|parfait$)\b",
    r"(muchas )?gracias\b",
    r"perfecto$",
)
AGAINST: Final = re.compile(r"\b(?:but|however|aber|jedoch|mais|pero)\b")

_blame: Final = re.compile("|".join(f"(?:{each})" for each in BLAME))
_praise: Final = re.compile("|".join(f"(?:{each})" for each in PRAISE))
_ends: Final = re.compile(r"[.,;:!?\n]+|\b(?:but|however|aber|jedoch|mais|pero)\b")
_led_in: Final = re.compile(
    r"\A(?:(?:nope|nein|sorry|hm+|well|ok|okay|ah|oh|and|actually|i think|no(?= (?:that|this|it|you)\b))\b\s*)+"
)


def contentment(text: str) -> float | None:
    """1 for thanks, 0 where an answer is called wrong, None where neither is said."""
    if len(text) > LONGEST:
        return None
    said = text[:BEGINNING].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    clauses = [_led_in.sub("", clause.strip(), count=1) for clause in _ends.split(said)]
    if any(map(_blame.match, clauses)):
        return 0.0
    first = next((clause for clause in clauses if clause), "")
    return 1.0 if _praise.match(first) and not AGAINST.search(said) else None
