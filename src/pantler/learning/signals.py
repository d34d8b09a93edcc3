"""How far a word on an answer is to be believed, by the signal that it came from: learned where two of them meet.

    odds(wrong | words) = odds(wrong) x product of r / (1 - r) for each word "wrong", (1 - r) / r for each "right"

r is the reliability of a signal's word: the chance that it is true of an answer that is as likely right as wrong. It is
kept as its log-odds s ~ Normal(mean, 1/precision), a signal's two words apart. Where words of several signals stand on
one decision, each is taught by y, which all of them together make of the answer (one step of EM; z, p: the log-odds and
the chance by this word alone):

    precision += p (1 - p) t,      mean += ± (y - p) / precision

t is the share of the doubt in p that the others' words take away. So a signal learns from better ones, and nothing from
noise; what was believed beforehand holds until they meet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, inf, log
from typing import Any

import msgspec

from pantler.core.errors import ConfigError, UnknownPart
from pantler.core.recent import Recent

MOST = 7.0  # log-odds: nobody is believed more than a thousand times
LEAST_CHANCE = 1e-3
MOST_REMEMBERED = 20_000  # of who has raised what
DOUBT = 0.7  # standard deviation of a reliability that the operator has named, in log-odds

_Learned = dict[str, tuple[int, tuple[float, float], tuple[float, float]]]
_Raised = list[tuple[tuple[str, str, int], float]]
_First = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Signal:
    """A kind of word: its reliability before anything was learned of it, which may be off by `doubt` in log-odds."""

    reliability: float
    doubt: float
    meaning: str = "named in the configuration"


SIGNALS: Mapping[str, Signal] = {
    "test": Signal(0.99, 0.1, "something that ran: a unit test, a query, a validation of the schema"),
    "review": Signal(0.98, 0.2, "somebody who was asked to look closely"),
    "thumbs": Signal(0.95, 0.7, "a user's yes or no; what `good` is without a signal"),
    "score": Signal(0.95, 0.7, "a number that somebody gave; what `score` is without a signal"),
    "judge": Signal(0.85, 0.7, "a model that was asked for its opinion"),
    "agreement": Signal(0.85, 0.7, "another model said the same, or something else"),
    "edit": Signal(0.85, 0.7, "how much of the answer a user kept"),
    "form": Signal(0.97, 0.5, "no JSON, or not by the schema that `response_format` asked for; heard by the gateway"),
    "tools": Signal(0.97, 0.5, "calls a tool that was not offered, or with other arguments; heard by the gateway"),
    "empty": Signal(0.97, 0.5, "says nothing and calls no tool; heard by the gateway"),
    "cut": Signal(0.9, 0.7, "ended by the model's own length; heard by the gateway"),
    "refusal": Signal(0.75, 0.7, "refuses, by a field or in words; heard by the gateway"),
    "retry": Signal(0.7, 1.0, "asked anew soon after; the gateway sees that by itself"),
    "follow-up": Signal(0.65, 1.0, "thanked for or called wrong in the next turn; the gateway hears short ones"),
    "reworded": Signal(0.6, 1.0, "asked soon after in other words; the gateway sees that by itself"),
}


TELLTALES = frozenset({"form", "tools", "empty", "cut", "refusal"})
"""What an answer says against itself. It is seen of every answer and speaks of the bad ones only, so that its words are
no labels of models: they are counted as failures, beside all that went well."""


class Signals:
    """What is believed of each signal; `named` adds some, or says otherwise of those that are known.

    Nobody alone raises a word by more than `most_raised`, in log-odds.
    """

    def __init__(self, named: Mapping[str, float] | None = None, most_raised: float = inf) -> None:
        for name, reliability in (named or {}).items():
            if not 0.5 <= reliability < 1.0:
                raise ConfigError(f"signal {name!r} is believed {reliability}; give a number from 0.5 to below 1")
        own = {name: Signal(reliability, DOUBT) for name, reliability in (named or {}).items()}
        self.known: Mapping[str, Signal] = {**SIGNALS, **own}
        self._most_raised = most_raised
        self._raised: Recent[tuple[str, str, int], float] = Recent()  # by whom, and of which word
        self.met = dict.fromkeys(self.known, 0)  # decisions on which each stood beside another
        self._first = {name: (each.reliability, each.doubt) for name, each in self.known.items()}
        self._mean = {name: [log_odds(each.reliability)] * 2 for name, each in self.known.items()}
        self._precision = {name: [each.doubt**-2.0] * 2 for name, each in self.known.items()}

    def reliability(self, signal: str, good: float) -> float:
        """That of a signal's word, "wrong" where `good` is below one half; UnknownPart for an unknown signal."""
        if signal not in self.known:
            raise UnknownPart("signal", signal, list(self.known))
        return chance_of(self._mean[signal][_word(good)])

    def wrong(self, chance: float, words: Mapping[str, float]) -> float:
        """The chance that an answer is wrong, after words of some signals: how good each says it is, 0 to 1."""
        return chance_of(self._odds(log_odds(chance), words))

    def told(self, chance: float, words: Mapping[str, float]) -> float:
        """How much of the doubt in a chance such words take away, 0 to 1: what they count as a label."""
        shares = [_told(chance, self.reliability(name, good)) * _firm(good) for name, good in words.items()]
        return max(shares, default=0.0)

    def learn(self, chance: float, words: Mapping[str, float], by: str = "") -> None:
        """Words of several signals on one decision, whose answer was wrong by this chance before any was heard.

        `by` names who said the last of them, empty where that does not matter. Signals that are unknown by now are
        passed over.
        """
        words = {name: good for name, good in words.items() if name in self.known}
        if len(words) < 2:
            return
        after = self.wrong(chance, words)
        steps = [(name, good, *self._step(name, chance, words, after)) for name, good in words.items()]
        for name, good, missed, held_by in steps:
            word = _word(good)
            precision = self._precision[name][word] + held_by
            step = self._allowed((by, name, word), missed / precision)
            if step is None:
                continue
            self.met[name] += 1
            self._precision[name][word] = precision
            self._mean[name][word] = min(MOST, max(0.0, self._mean[name][word] + step))

    def snapshot(self) -> Any:
        """By name how often each met others, means and precisions; what was raised by whom; what held at first."""
        learned = {name: (self.met[name], self._mean[name], self._precision[name]) for name in self.known}
        return [learned, list(self._raised.items()), self._first]

    def restore(self, kept: Any) -> None:
        """Take up what was learned of the signals that are still known, and said to be as reliable as they were."""
        learned, raised, first = msgspec.convert([*kept, {}][:3], tuple[_Learned, _Raised, dict[str, _First]])
        self._raised = Recent(raised)
        for name, (met, mean, precision) in learned.items():
            if name in self.known and first.get(name, self._first[name]) == self._first[name]:
                self.met[name], self._mean[name], self._precision[name] = met, list(mean), list(precision)

    def _allowed(self, of: tuple[str, str, int], step: float) -> float | None:
        """As much of a step as whoever makes it may still make; None where that is nothing."""
        if not of[0] or step <= 0.0:
            return step
        raised = self._raised.get(of, 0.0)
        if raised >= self._most_raised:
            return None
        allowed = min(step, self._most_raised - raised)
        self._raised.write(of, raised + allowed, MOST_REMEMBERED)
        return allowed

    def _step(self, name: str, chance: float, words: Mapping[str, float], after: float) -> tuple[float, float]:
        """By how much a word's log-odds miss what all say, and how firmly the others say it."""
        good = words[name]
        alone = self.wrong(chance, {name: good})
        others = self.told(alone, {other: said for other, said in words.items() if other != name})
        missed = (after - alone) * _firm(good)
        return (-missed if _word(good) else missed), alone * (1.0 - alone) * others * _firm(good)

    def _odds(self, odds: float, words: Mapping[str, float]) -> float:
        for name, good in words.items():
            odds += (1.0 - 2.0 * good) * log_odds(self.reliability(name, good))
        return odds


def log_odds(chance: float) -> float:
    """Of a chance, kept away from 0 and 1."""
    kept = min(1.0 - LEAST_CHANCE, max(LEAST_CHANCE, chance))
    return log(kept / (1.0 - kept))


def chance_of(odds: float) -> float:
    """The chance whose log-odds these are."""
    return 1.0 / (1.0 + exp(-odds))


def _word(good: float) -> int:
    """0 for "wrong", 1 for "right"."""
    return int(good >= 0.5)


def _firm(good: float) -> float:
    """How much of a word is in it: nothing in one half."""
    return abs(1.0 - 2.0 * good)


def _told(chance: float, reliability: float) -> float:
    """1 - (variance that is expected to be left) / p (1 - p), after a word of this reliability."""
    says_wrong = chance * reliability + (1.0 - chance) * (1.0 - reliability)
    odds, step = log_odds(chance), log_odds(reliability)
    left = 0.0
    for weight, moved in ((says_wrong, step), (1.0 - says_wrong, -step)):
        after = chance_of(odds + moved)
        left += weight * after * (1.0 - after)
    return max(0.0, 1.0 - left / max(chance * (1.0 - chance), 1e-9))
