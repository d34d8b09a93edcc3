"""Rules that refuse a text before anything is compared with it, each with the name that a reason carries."""

import re
from typing import Final

from pantler.core.refusing import plain

LONGEST_CHARACTERS: Final = 1200  # beyond it the end, where texts differ, weighs too little in a mean of word vectors

_OWN = (
    r"(?:accounts?|address|age|agenda|applications?|appointments?|balance|basket|bills?|birthday|bookings?|calendar|cart"
    r"|charges|claims?|contacts?|contract|data|delivery|director(?:y|ies)|doctor|documents?|email|files?|flights?|folders?"
    r"|grades?|history|inbox|insurance|invoices?|limit|lists?|loan|location|meetings?|membership|messages?|mortgage|name"
    r"|number|orders?|packages?|parcels?|passwords?|payments?|payslip|phone|plan|policy|portfolio|prescriptions?|profile"
    r"|purchases?|refund|reservations?|results|salary|schedule|server|settings|shipment|statements?|subscriptions?|tickets?"
    r"|transactions?|transfers?|usage|wallet|warranty|website)"
)
_DEALT = (
    r"(?:agree|bill|book|bought|buy|charge|decide|discuss|invite|meet|met|order|paid|pay|plan|said|say|spen[dt]|talk)"
)
_ENTERED = r"(?:booked|covered|due|eligible|enrolled|insured|logged|registered|signed|subscribed)"
PERSONAL: Final = (
    rf"(?:my|our|mine)\s+(?:[\w-]+\s+){{0,2}}{_OWN}\b",
    r"(?:what|when|where|who|which|whose)(?:'s| is| are| was| were)\s+(?:my|our|mine)\b",
    r"(?:has|have|had|did|was|were|will|(?:know|see|check|me) (?:whether|if))\s+(?:my|our)\b",
    r"how (?:much|many) (?:\w+ ){0,4}i (?:have(?! to\b)|had|owe|earn|spen[dt]|got)\b",
    r"(?:did|was|were|have|had) i\b(?! to\b)",
    rf"(?:did|were|have|had) we {_DEALT}",
    r"do i (?:earn|drive|have(?! to\b)|live|owe|own|pay|study|work|get paid)\b",
    r"(?:who|where|what|how (?:close|far|heavy|near|old|tall)) am i\b(?! supposed\b)",
    r"(?:what|which) \w+ am i (?:at|in|on|\w+ing)\b",
    rf"am i (?:still )?{_ENTERED}\b",
    r"(?:near|around|close to|next to) (?:me|us|here)\b|nearby\b",
    r"(?:nearest|closest) (?!to\b|neighbou?r|relative|planet|star|living|point)",
)

_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_CHANGING = (
    r"(?:age|captain|ceo|champions?|chancellor|coach|date|day|events?|governor|head|holder|king|leader|mayor|minister|owner"
    r"|pope|population|president|price|prime minister|queen|rate|record|situation|state|status|temperature|time|value"
    r"|version|weather|year)"
)
_TIMETABLED = r"(?:bank|bus|concert|ferry|film|flight|game|library|match|movie|museum|shop|show|store|train|tram)"
TIMELY: Final = (
    r"(?:as of|currently|latest|newest|now|nowadays|presently|recent|recently|today|tomorrow|tonight|yesterday)\b",
    r"(?:at (?:the moment|present)|these days|so far|in stock)\b",
    r"(?:breaking|headlines|incumbent|reigning|trending|upcoming|winning)\b",
    rf"(?:this|last|next) (?:week|month|year|morning|evening|weekend|night|season|quarter|{_DAYS})\b",
    r"(?:news(?! agenc)|traffic(?! light| sign| cone)|forecast|happening (?:in|at)|going on|coming (?:out|up))\b",
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
    ("personalised", re.compile(rf"\b(?:{'|'.join(PERSONAL)})")),
    ("time_bound", re.compile(rf"\b(?:{'|'.join(TIMELY)})")),
    ("sampled_for_variety", re.compile(rf"\b(?:{'|'.join(VARIED)})")),
    ("sampled_for_variety", re.compile(rf"{_BEGUN}(?:{'|'.join(TOLD)})")),
)
_TOWN: Final = re.compile(r"\btemperature (?:in|at) (?!Celsius|Fahrenheit|Kelvin)[A-Z]")  # told by its capital


def refused_text(text: str) -> str | None:
    """The rule by which a text is never matched, or None."""
    if len(text) > LONGEST_CHARACTERS:
        return "too_long"
    low = plain(text.lower())
    found = next((name for name, rule in _RULES if rule.search(low)), None)
    return found or ("time_bound" if _TOWN.search(text) else None)
