"""Rules that refuse a text before anything is compared with it, each with the name that a reason carries."""

import re
from typing import Final

from pantler.core.refusing import plain
from pantler.matching.personal import is_personal, without_told

LONGEST_CHARACTERS: Final = 1200  # beyond it the end, where texts differ, weighs too little in a mean of word vectors

_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_CHANGING = (
    r"(?:age|captain|ceo|champions?|chancellor|coach|date|day|events?|governor|head|holder|king|leader|mayor|minister|owner"
    r"|pope|population|president|price|prime minister|queen|rate|record|situation|state|status|temperature|time|value"
    r"|version|weather|year)"
)
_TIMETABLED = r"(?:bank|bus|concert|ferry|film|flight|game|library|match|movie|museum|shop|show|store|train|tram)"
TIMELY: Final = (
    r"(?:as of|currently|latest|newest|nowadays|presently|recent|recently|today|tomorrow|tonight|yesterday)\b",
    r"(?<!do )(?<!but )(?<!and )now\b(?! (?:i|it|my)\b)|^what(?:'s| is) going on\W*$",
    r"(?:at (?:the moment|present)|these days|so far|in stock)\b",
    r"(?:breaking|headlines|incumbent|reigning|trending|upcoming|winning)\b",
    rf"(?:this|last|next) (?:week|month|year|morning|evening|weekend|night|season|quarter|{_DAYS})\b",
    r"(?:news(?! agenc)|traffic(?! light| sign| cone)|forecast|happening (?:in|at)|coming (?:out|up))\b",
    r"going on\b(?! with\b|\W*$)",
    r"live (?:coverage|feed|results?|scores?|streams?|ticker|updates?)\b|(?:delays|outages|updates) (?:on|in|at)\b",
    r"(?:the|s) weather\b(?! like on [mvjs])|weather (?:in|like|for|at|on)\b|(?:chances? of|any) rain\b",
    r"will it (?:rain|snow)|is it (?:going to|rain|snow|sunn|cloud|wind|storm|hot|cold)",
    r"how (?:warm|hot|cold) is it\b|temperature outside\b",
    r"prices?\b(?! (?:elasticity|control|ceiling|floor|discrimination|index))",
    r"(?:exchange|interest|mortgage) rates\b",
    r"(?:is|are) the (?:\w+ )?(?:exchange|inflation|interest|mortgage|unemployment) rate|exchange rate\b",
    r"how much (?:is|are) (?:\w+ ){1,5}worth\b|(?:worth in|trading at|stock market doing)\b",
    r"(?:diesel|electricity|fuel|gas|gasoline|petrol) cost\b",
    r"(?:rooms|seats|slots|tables|tickets) (?:available|free|left)\b",
    r"(?:the|final|match|game|half-?time) scores?\b(?! of an? )",
    r"the standings\b|top of the \w|lead(?:s|ing) the \w",
    r"when (?:is|are|does|will) the next\b",
    rf"next (?:{_TIMETABLED}|election|eclipse|full moon|holiday|day off)\b|when does the {_TIMETABLED}\b",
    r"(?:when is|time is|time of) (?:the )?(?:sunset|sunrise|high tide|low tide)\b",
    rf"the (?:\w+ )?current (?:\w+ )?{_CHANGING}\b|current (?:date|day|time|weather)\b",
    r"(?:days|weeks|months|hours|long) (?:until|till|left)\b|(?:19|20)\d\d\b",
    r"what (?:time|day|date|year)(?: of (?:the )?\w+)? (?:is it|it is|will it be|it will be|is today)\b",
    r"(?:(?:tell|give) me|have) the (?:time|date|day)\b",
    r"what(?:'s| is) the (?:time|date|day)(?: of the week)?(?: in\b[^?]*)?\s*(?:\?|$)",
    r"(?<!what )is (?:[\w']+ ){1,5}(?:(?:open|closed) on|(?:open|closed|delayed|cancelled|on time|down)\s*(?:\?|$))",
    r"ha(?:s|ve) the (?:\w+ ){1,4}(?:ended|begun|started)\b",
)

_MAKE = (
    r"(?:(?:choose|create|draft|find|generate|give|make|need|pick|recommend|suggest|tell|want|write)"
    r"(?: me| us)?(?: up)?|help me (?:choose|find|pick))"
)
_SOME = r"(?:an?|some|any|two|three|four|five|six|seven|eight|nine|ten|\w+ty|\d+)"
_MADE = (
    r"(?:book|caption|character|dialogue?|essay|fact|film|gift|guid|haiku|headline|idea|joke|jingle|letter|limerick|lyric"
    r"|metaphor|movie|name|nickname|number|passphrase|password|phrase|plot|poem|prompt|pun|quote|recipe|review|rhyme|riddle"
    r"|scene|script|sentence|slogan|song|sonnet|speech|story|tagline|tale|title|toast|tweet|username|uuid|word)s?"
)
_WANT = r"(?:ask|do|find|give|make|name|need|pick|recommend|show|suggest|tell|try|want|write)"
_ONE_OF = (
    r"(?:answer|example|fact|idea|joke|name|one|option|poem|quote|solution|story|suggestion|try|version|way|wording)s?"
)
TOLD: Final = (  # where a text says what is to be done
    rf"{_MAKE}\s+{_SOME} (?:[\w-]+ ){{0,3}}?{_MADE}\b",
    r"(?:come up with|compose|entertain|invent|sing|surprise) \w|make (?:something|one) up\b",
    r"(?:choose|draw|guess|name|pick|select|think of)(?: me| us)? (?:an?|any|some|one)\b",
    r"(?:brainstorm|rephrase|reword|scramble|shuffle|improvise|regenerate|inspire me)\b",
    r"(?:try|do (?:it|that)|say (?:it|that)|answer|write it) (?:once )?again\b",
    r"(?:another|one more|a different|a new one)\b",
    r"(?:(?:say|tell (?:me|us)|do|write) something|(?:make|let) (?:me|us) laugh)\b",
    r"(?:do|flip|give me|roll|simulate|throw|toss)\b[^?]{0,40}\b(?:coin|dice|die|\d*d\d+|quarter)\b",
    r"again\b",
)
VARIED: Final = (
    rf"{_WANT} (?:\w+ ){{0,4}}(?:another|different)\b",
    rf"(?:another|different) (?:\w+ )?{_ONE_OF}\b(?! for)",
    r"random(?:ly)?\b(?! (?:access|effect|error|forest|number generat|process|sampl|seed|variable|walk))",
    r"(?:anything else|heads or tails|in other words|one more|another go|something else|surprise me|what else)\b",
    r"any other \w+\?|some (?:\w+ )?(?:names|ideas)\b|what (?:should|can|could|shall) (?:i|we) (?:name|call)\b",
    r"(?:other|any|some|more|an) alternatives?\b|alternatives? (?:to|for|of) (?:this|that|it)\b",
    r"(?:a|another|some|other|more) variations?\b|variations? (?:of|on) (?:this|that|it)\b",
    r"(?:fun|interesting|cool|neat|unique|some|any) (?:facts?|trivia)\b",
    r"(?:dummy|fake|mock|placeholder|sample) (?:data|names|records|rows|text|users)\b",
    r"again\W*$",
)

# each begins where a word does, so that few places of a text are tried for it
_BEGUN: Final = (
    r"(?:^|[.!?,;:]\s*|\bplease\s+|\b(?:can|could|would|will) you (?:please )?"
    r"|\bi (?:need|want|would like) (?:you to )?)"
)
_RULES: Final = (
    ("time_bound", re.compile(rf"\b(?:{'|'.join(TIMELY)})")),
    ("sampled_for_variety", re.compile(rf"\b(?:{'|'.join(VARIED)})")),
    ("sampled_for_variety", re.compile(rf"{_BEGUN}(?:{'|'.join(TOLD)})")),
)
_TOWN: Final = re.compile(r"\btemperature (?:in|at) (?!Celsius|Fahrenheit|Kelvin)[A-Z]")  # told by its capital


def refused_text(text: str, *, strict: bool = False) -> str | None:
    """The rule by which a text is never matched, or None; `strict`: naming a possession is enough."""
    if len(text) > LONGEST_CHARACTERS:
        return "too_long"
    low = plain(text.lower())
    if is_personal(low, strict=strict):
        return "personalised"
    asked = without_told(low)
    found = next((name for name, rule in _RULES if rule.search(asked)), None)
    return found or ("time_bound" if _TOWN.search(text) else None)
