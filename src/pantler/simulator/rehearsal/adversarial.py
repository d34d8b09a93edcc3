"""Made pairs that look alike and ask something else, by category, with rewordings that ask the same beside them.

Four of the twenty-four dangers are not of the text (another history, another system prompt or sampling, another
principal, a follow-up): a partition keeps those apart, and no matcher sees them.
"""

from random import Random

from pantler.simulator.rehearsal.texts import Pair, Texts

SAME = "same: "
_WORDS = {
    "name": ["Anna Berg", "Peter Novak", "Maria Lopez", "John Carter", "Yuki Tanaka", "Omar Hassan", "Ella Stone"],
    "city": ["Paris", "Oslo", "Lima", "Cairo", "Hanoi", "Quito", "Dublin", "Prague", "Nairobi", "Lisbon"],
    "thing": ["bridge", "museum", "tower", "harbour", "library", "theatre", "railway", "castle"],
    "job": ["nurse", "lawyer", "baker", "pilot", "farmer", "teacher", "sailor", "painter"],
    "food": ["rice", "salmon", "spinach", "bread", "lentils", "mushrooms", "cheese", "plums"],
    "verb": ["admire", "trust", "follow", "praise", "invite", "blame", "teach", "defeat"],
    "n": [str(number) for number in (3, 7, 12, 19, 25, 48, 64, 90)],
    "year": [str(year) for year in range(1961, 2021, 7)],
}
# category: what is stored, what is asked; {x} and {x2} are two different words of one kind
_APART = {
    "entity swap": ("Where was {name} born?", "Where was {name2} born?"),
    "number": ("How long do I boil {n} kilos of {food}?", "How long do I boil {n2} kilos of {food}?"),
    "date": ("Who ran the {thing} of {city} in {year}?", "Who ran the {thing} of {city} in {year2}?"),
    "negation": ("Why should a {job} eat {food}?", "Why should a {job} not eat {food}?"),
    "antonym": ("How do I increase the salt in {food}?", "How do I decrease the salt in {food}?"),
    "before after": ("What does a {job} do before eating {food}?", "What does a {job} do after eating {food}?"),
    "roles": ("Did {name} {verb} {name2}?", "Did {name2} {verb} {name}?"),
    "coreference": ("If {name} met the {job}, would he be glad?", "If {name} met the {job}, would she be glad?"),
    "quantifier": ("Do all {job}s in {city} eat {food}?", "Do some {job}s in {city} eat {food}?"),
    "state": ("Is {name} a {job}?", "Is {name} becoming a {job}?"),
    "modifier": ("Can a {job} live on {food}?", "Can a retired {job} live on {food}?"),
    "location": ("Where is the best {thing} in {city}?", "Where is the best {thing} in {city2}?"),
    "question word": ("When was the {thing} of {city} built?", "Why was the {thing} of {city} built?"),
    "output form": ("List the uses of {food}.", "List the uses of {food} as JSON."),
    "code": ("What does git log --since {n} print?", "What does git log --until {n} print?"),
    "operation": (
        "{name} buys {n} pounds of {food}. How many are there?",
        "{name} sells {n} pounds of {food}. How many are there?",
    ),
    "other word": ("What is a {food} plane?", "What is a {food} plain?"),
    "shared prefix": (
        "A {job} from {city} visits the {thing}, eats {food} and goes home by bus. Who pays for the bus?",
        "A {job} from {city} visits the {thing}, eats {food} and goes home by bus. Who pays for the meal?",
    ),
    "pasted document": (
        "Summarise: the {job} of {city} likes {food}.",
        "Summarise: the {job2} of {city} likes {food2}.",
    ),
    "planted suffix": ("Is {food} healthy?", "Is {food} healthy? {city} zx {n} {verb} qv {thing} {city2} wq {job}"),
}
_ALIKE = {
    "politeness": ("How do I cook {food}?", "How do I cook {food}, please?"),
    "paraphrase": ("What is the best way to cook {food}?", "What's the best method to cook {food}?"),
    "synonym": ("How big is the {thing} in {city}?", "How large is the {thing} in {city}?"),
    "symmetric": ("How far is {city} from the {thing} and the {thing2}?",
                  "How far is {city} from the {thing2} and the {thing}?"),
    "passive": ("Did {name} {verb} {name2}?", "Was {name2} {verb}ed by {name}?"),
    "filler": ("Is {city} expensive to live in?", "Is {city} really expensive to live in?"),
}  # fmt: skip


def adversarial_pairs(count: int = 100, seed: int = 0) -> Texts:
    """At most `count` distinct pairs of every category."""
    chance = Random(seed)
    pairs: dict[tuple[str, str], Pair] = {}
    for same, categories in ((False, _APART), (True, _ALIKE)):
        for name, templates in categories.items():
            for _ in range(count):
                words = _drawn(chance)
                a, b = (template.format(**words) for template in templates)
                pairs.setdefault((a, b), Pair(a, b, same, SAME + name if same else name))
    made = tuple(pairs.values())
    return Texts({text: text for pair in made for text in (pair.a, pair.b)}, made)


def _drawn(chance: Random) -> dict[str, str]:
    words: dict[str, str] = {}
    for kind, known in _WORDS.items():
        words[kind], words[f"{kind}2"] = chance.sample(known, 2)
    return words
