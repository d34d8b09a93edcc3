"""Whether the answer to a text would hold facts or the state of the one who asks, told by English words.

A possessive alone does not tell: "how do I close my account" has one answer for all, "is my account closed" one for
each. So the clauses are left out first in which it only names a subject: a question of a general form, a wish, a
condition, something that was lost. What is asked or ordered in the rest is personal by its form, and naming one of the
usual possessions is, but in a clause that only tells how things are. In doubt a text is personal.
"""

import re
from typing import Final

_MY: Final = r"(?:my|our|mine)"
_OWN: Final = (
    r"(?:accounts?|address|age|agenda|applications?|appointments?|balance|basket|bills?|birthday|bookings?|calendar|cart"
    r"|charges|claims?|contacts?|contract|data|delivery|director(?:y|ies)|doctor|documents?|emails?|files?|flights?"
    r"|folders?|grades?|history|inbox|insurance|invoices?|licen[cs]e|limit|lists?|loan|location|meetings?|membership"
    r"|messages?|mortgage|name|number|orders?|packages?|parcels?|passwords?|payments?|payslip|phone|plan|policy"
    r"|portfolio|prescriptions?|profile|purchases?|refund|reservations?|results|salary|schedule|server|settings"
    r"|shipment|statements?|subscriptions?|tickets?|transactions?|transfers?|usage|wallet|warranty|website)"
)
_WHAT: Final = r"(?:what|when|where|who|which|whose|how)"
_DOES: Final = r"(?:is|are|was|were|do|does|did|has|have|had|will)"
_IS: Final = rf"(?:'s| {_DOES})"
_COUNT: Final = r"(?:how (?:much|many|far|long|often|well)|wh(?:at|ich|om?))"
_DEALT: Final = (
    r"(?:agree|bill|book|bought|buy|charge|decide|discuss|invite|meet|met|order|paid|pay|plan|said|say|speak|spen[dt]"
    r"|talk)"
)
_SAID: Final = r"(?:(?:agre|book|charg|decid|discuss|invit|order|talk)ed|bought|met|said|spoke)"
_LIVE: Final = r"(?:belong|count|drive|earn|get|have(?! to\b)|live|owe|own|pay|qualify|rank|sit|stand|study|weigh|work)"
_CLAUSE: Final = r"(?:^|[.,:;!?\n]\s*|\b(?:and|but|or|so|then|please|hi|hello|hey)\s+)"
_NO_ORDER: Final = (  # words that begin a clause which tells nobody to do something
    r"(?:an?|the|this|that|these|those|some(?:one|body)?|any(?:one|body)?|all|my|our|mine|your|his|her|its|their|i|i'\w+"
    r"|we|you|he|she|it|they|there|what|when|where|who|which|whose|why|how|if|is|are|was|were|am|do|does|did|has|have|had"
    r"|can|could|may|might|must|should|shall|will|would|for|from|in|on|at|of|to|with|by|about|after|before|because|since"
    r"|as|not|no|yes|but|and|or|so|than|then|like|into|over|until|without|between|also|just|only|even)\b"
)
ASKED: Final = (
    rf"{_WHAT}{_IS} (?:all (?:of )?)?{_MY}\b",
    rf"(?:what|which|who|whose|where)(?: \w+){{0,2}}{_IS} (?:on|in|at|next on|the \w+ (?:of|on|in|for|from)) {_MY}\b",
    rf"(?:which|what|how many)(?: \w+){{0,2}} (?:of|in|on|from) {_MY}\b",
    rf"(?:which|what|how \w+) (?:\w+ ){{0,3}}{_DOES} {_MY}\b",
    rf"(?:has|have|had|did|was|were|will|know|see|check|me|whether|if|when|where|what) {_MY}\b",
    rf"(?:who|what) \w+ (?:\w+ )?(?:{_MY}|me)\b|why \S+ {_MY} (?:\w+ ){{0,2}}cards?\b",
    rf"{_MY} (?:[\w-]+ ){{1,3}}(?:has(?:n't| not| yet)|is still|still|never)\b",
    rf"(?:(?:have|did)(?:n't| not)|never) (?:\w+ )?(?:received?|g[eo]t(?:ten)?|seen?) {_MY}\b",
    rf"(?:wait(?:ing)? (?:for|on)|looking for|(?:going on|happen\w+|matter|problem|up|wrong) with) {_MY}\b",
    r"(?:what|which|how much)(?: \w+){0,2} can i (?:afford|borrow|spend|withdraw)\b",
    rf"how (?:much|many|long)(?: \w+){{0,4}} (?:for|from|in|of|on|to) {_MY}\b",
    rf"(?:has|have|had|did) (?:you|they|it|any(?:one|body)|some(?:one|body)) (?:\w+ ){{1,2}}(?:me|us|{_MY})\b",
    rf"{_COUNT} (?:[\w'-]+ ){{0,4}}(?:i|we) (?:have(?! to\b)|had|owe|earn|spen[dt]|got)\b",
    r"(?:did|was|were|have|had) i\b(?! to\b)|when (?:do|will|can) i\b|what will (?:i|we) (?:get|have|owe|pay)\b",
    r"am i\b(?! (?:able|allowed|supposed|required|permitted|to)\b)",
    rf"do (?:i {_LIVE}|(?:i|we) (?:live|owe|still have))\b",
    rf"(?:did|were|have|had) we (?:\w+ )?{_DEALT}|we {_SAID}\b|(?:as|like) (?:before|last time|usual)\b",
    rf"{_DOES} the (?:\w+ ){{1,3}}?(?:that |which )?i (?:\w+ )?(?:\w+ed|made|bought|sent|paid|got)\b",
    r"(?:what|as|like) (?:i|we) (?:asked|mentioned|said|told|wrote)\b",
    r"(?:about|remind|remember) (?:me|us|my|what)\b|about myself\b|(?:our|this) (?:chat|conversation)\b",
    r"(?:i|we) (?:told|asked|sent|gave|showed) you\b|you (?:told|sent|gave|promised|sold) (?:me|us)\b",
    r"(?:book|call|charge|enrol|log|move|pay|put|register|schedule|sign) me\b",
    r"(?:near|around|close to|next to) (?:me|us|here)\b|nearby\b",
    r"(?:nearest|closest) (?!to\b|neighbou?r|relative|planet|star|living|point)",
)
_BESIDE: Final = r"(?:all|in|off|on|up|the \w+ (?:in|on|of|from))"
BEGINNING: Final = (  # a clause
    rf"(?:is|are|does|do) {_MY}\b",
    rf"(?:is|are) there (?:\w+ ){{1,3}}(?:on|in|for|with) {_MY}\b",
    rf"(?!{_NO_ORDER})[a-z-]+ (?:(?!{_NO_ORDER})[\w-]+ |{_BESIDE} ){{0,2}}{_MY}\b",
)

_SEEK: Final = (
    r"(?:ask|be|check|confirm|enquire|figure|find|get|have|hear|inquire|know|learn|locate|look|read|review|see|show"
    r"|suggest|take a look|tell|track|understand|verify|view)\b"
)
_ACT: Final = r"(?:add|do|make|move|pay|put|remove|schedule|send|set|share|transfer)\b"
_SPEND: Final = r"(?:afford|borrow|expect|pay|pick|spend|withdraw)\b"
_CAN: Final = r"(?:can|could|may|must|shall|should)"
_SOUGHT: Final = r"(?:know|\w+(?: out| for)? (?:if|how much|how many|wh(?!y\b)\w+))\b"
GENERAL: Final = (
    rf"how (?:(?:{_CAN}|do|might|would) (?:i|we|one|someone|people)|do you|to)\b(?! {_SOUGHT})",
    rf"how (?:(?:long|soon|often|early|late|quickly) (?:{_CAN} (?:i|we)|does it take)|does (?:an?|it))\b",
    rf"(?:where|who)(?: \w+){{0,2}} {_CAN} (?:i|we)\b|what (?:happens(?! to be\b)|if|to do|now)\b|who can\b",
    rf"(?:what|which)(?: \w+){{0,2}} {_CAN} (?:i|we) (?!{_SEEK}|{_SPEND})",
    r"what (?:is|are) (?:the (?:best|cheapest|easiest|fastest|right|safest) (?:place|time|way)|my options)\b",
    r"what (?:does it (?:cost|mean|take)|do you do to|(?:i|we) (?:need|have) to do)\b",
    r"(?:what|where) do (?:i|we) (?:do|enter|find|get|go|hand|need|report|send|sign)\b",
    r"why (?:(?:do|would) (?:i|we|you) (?:have|need|want) to|(?:must|should) (?:i|we|you))\b",
)
_WISH: Final = r"(?:i(?:'?d|'?m| would| am)? )?(?:want|need|like|wish|hope|plan|trying|looking|hoping|asking|planning)"
_ANY: Final = rf"(?:i|we(?! {_ACT})|(?:other )?people|others|some(?:one|body)|any(?:one|body))"
_HAVE_TO: Final = r"do (?:i|we) (?:need|have to)\b(?! (?:to )?(?:pay|make|do(?! (?:to|if|for)))\b)"
GENERAL_BEGINNING: Final = (  # a clause
    rf"(?:i (?:wonder|ask) if )?{_CAN} {_ANY} (?!still\b|afford\b|(?:\w+ )?{_SEEK})",
    rf"(?:(?:what|which|who|where|why) (?:\w+ ){{0,2}})?{_HAVE_TO}",
    r"am i (?:able|allowed|permitted|required) to\b|if\b",
    r"is it (?:bad|better|good|legal|necessary|normal|ok|okay|possible(?! that\b)|safe|worth)\b",
    r"is there (?:a|any) way\b|are there (?:any )?(?:charges|fees|limits) (?:for|on|to)\b",
    rf"{_WISH} to (?!{_SEEK}|{_ACT})",
    rf"(?:(?:can|could|would|will) you )?help (?:me|us) (?:to )?(?!with\b|{_SEEK}|{_ACT})",
)
_LOST: Final = (
    rf"(?:(?:lost|lose|misplaced|stole|broke|dropped) {_MY}\b"
    rf"|(?:forg[eo]t(?:ten)?|remember) {_MY} (?:\w+ )?(?:code|log-?in|pass\w+|pin|username)\b)"
)
_NEXT: Final = (  # what another question or an order begins with
    rf" (?:(?:and|but|or|so|then) (?!{_MY}\b|an?\b|the\b|to\b)|please|(?:can|could|would|will) you\b|{_WHAT}{_IS}\b"
    rf"|how (?:much|many)\b|(?:is|are|has|did|does|was|were|will) (?:{_MY}|i|it)\b)"
)
_REST: Final = rf"(?:(?!{_NEXT})[^.,:;!?\n])*"  # of a clause
_UNTOLD: Final = (  # what is no telling but asks, orders or wishes
    rf"(?:what|where|who|which|how|whether|if|when{_IS}|{_DOES} (?:{_MY}|i|it|there)|(?:can|could|will|would) you"
    r"|please|needs?|wants?|must|should|(?:has|have|got) to|know|understand)\b"
)
TELLING: Final = (
    rf"(?:(?:{_MY}|the|an?|some|this|one of|there|it|someone|somebody) (?:[\w'-]+ ){{0,6}}?|there'|it'|i'"
    r"|i (?:(?!need|want|would|like|wish)\w+ ){0,2}?)(?:s|ve|is|was|are|were|has|have|had|got|went|came|fell|keeps?"
    r"|stole|took|says?|shows?|looks?|seems?|see|saw|made|sent|paid|found|left|bought|(?!need)\w+ed|cannot|\w+n't"
    r"|(?:ca|do|does|did|has|have|is|was|wo)nt) (?=\w)"
)

_SUBJECT: Final = re.compile(
    rf"(?:\b(?:{'|'.join(GENERAL)})|(?P<begun>{_CLAUSE})(?:{'|'.join(GENERAL_BEGINNING)})){_REST}"
    rf"|(?:\bi (?:\w+ |can't |cannot )?|{_CLAUSE}){_LOST}"
)
_TOLD: Final = re.compile(rf"{_CLAUSE}(?={TELLING}(?!(?:\w+ )?to {_SEEK}))(?![^.,:;!?\n]*(?:\?| {_UNTOLD})){_REST}")
_ASKED: Final = re.compile(rf"\b(?:{'|'.join(ASKED)})|{_CLAUSE}(?:{'|'.join(BEGINNING)})")
_OWNED: Final = re.compile(rf"\b{_MY}\s+(?:[\w-]+\s+){{0,2}}{_OWN}\b")
_MINE: Final = re.compile(rf"\b(?:{_MY}|i (?:\w+ed|bought))\b")
_OF_IT: Final = re.compile(
    rf"(?:\b(?:what|when|where|how (?:much|old)){_IS}|{_CLAUSE}{_DOES}) (?:it|they|this|that)\b"
    rf"|{_CLAUSE}(?!{_NO_ORDER})[a-z]+ (?:it|them)\b"
)
_CAUSE: Final = re.compile(r"\b(?:why|how come|reason|cause[sd]?|status|updates?|going on|happen(?:ed|ing))\b")


def without_told(low: str) -> str:
    """A text in small letters without the clauses that tell how things are, and ask nothing."""
    return _TOLD.sub(";", low)


def is_personal(low: str, *, strict: bool = False) -> bool:
    """Whether a text in small letters asks for what is the asker's own; `strict`: naming a possession is enough."""
    asked = low if strict else _SUBJECT.sub(r"\g<begun>;", low)
    if _ASKED.search(asked) or (_OF_IT.search(asked) and _MINE.search(low)):
        return True
    asks_on = strict or _CAUSE.search(asked)  # after what was named before
    return bool(_OWNED.search(low if asks_on else without_told(asked)))
