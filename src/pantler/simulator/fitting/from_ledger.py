"""Experience out of pantler's own ledger: what was said of answers, believed as far as its signals have earned.

The ledger holds no texts. They may be joined to it from a file of JSON lines, by the id of each decision.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pantler.core.errors import TraceError
from pantler.core.rows import SHADOW, Row, doubt, request_of
from pantler.learning.signals import SIGNALS, TELLTALES, Signals
from pantler.ledgers import schema
from pantler.ledgers.reading import reading
from pantler.simulator.fitting.chances import MISS, Chances
from pantler.simulator.rescoring.logged import of_route, query_of
from pantler.traces.experience import Event, Experience, check_apart
from pantler.traces.lines import json_lines

PICO = 1e12
NANO = 1e9
UNKNOWN = 0.8  # how reliable a signal is taken to be of which only the gateway's configuration tells
SHARED = ("hit", "stale", "coalesced")  # of an answer that another decision has brought
SERVED = (MISS, *SHARED, SHADOW)  # those of which a word is of the model's answer
AGAIN = "of an answer that was rated before"

_COLUMNS = ", ".join(f"rows.{column}" for column in schema.COLUMNS)
SELECT = (
    f"SELECT said, {_COLUMNS} FROM rows JOIN (SELECT decision, json_group_object(signal, good) AS said FROM words"
    " GROUP BY decision) USING (decision) WHERE model != ''{} ORDER BY number"
)
BESIDE = (
    f"SELECT {_COLUMNS} FROM rows WHERE tier = '{MISS}' AND decision || '-{SHADOW}' IN"
    f" (SELECT decision FROM rows WHERE tier = '{SHADOW}')"
)

Spoken = tuple[Row, dict[str, float]]  # and what each signal has said of its answer


class _Line(msgspec.Struct):
    decision_id: str
    prompt: str


def read_texts(path: Path) -> dict[str, str]:
    """The prompts of decisions; TraceError for a file that is not so."""
    texts = {}
    for number, record in json_lines(path):
        try:
            line = msgspec.convert(record, _Line)
        except msgspec.ValidationError as error:
            shape = '{"decision_id": "dec_...", "prompt": "..."}'
            raise TraceError(f"{path}: line {number}: {error}; each line is {shape}") from error
        texts[line.decision_id] = line.prompt
    return texts


def from_ledger(path: Path, texts: Mapping[str, str], route: str = "") -> Experience:
    """Every answer of a route, of all where none is named, of which something was said.

    The text is empty where none is joined to its decision. TraceError where nothing was said, or of all the same.
    """
    with reading(path) as connection:
        mixed = of_route(connection, route)
        found_rows = connection.execute(SELECT.format(" AND route = ?" if route else ""), (route,) if route else ())
        spoken = [(schema.row(found[1:]), msgspec.json.decode(found[0])) for found in found_rows]
        requests = {row.decision: row for row in map(schema.row, connection.execute(BESIDE))}
    served = [(row, words) for row, words in spoken if row.tier in SERVED and not words.keys() <= TELLTALES]
    if not served:
        raise TraceError(f"{path}: no answer was rated; let clients send what they think to POST /v1/feedback")
    check_apart(str(path), (good for _, words in served for good in words.values()))
    signals = believed(served)
    left = Counter(f"tier {row.tier}" for row, _ in spoken if row.tier not in SERVED)
    told = _told_once(served)
    left[AGAIN] += len(served) - len(told)
    notes = mixed + [f"{count} ratings left out: {why}" for why, count in left.items() if count] + _told(signals)
    chances = Chances([row for row, _ in served], requests)
    events = [_event(each, signals, texts.get(request_of(each[0].decision), ""), chances.of(each[0])) for each in told]
    missing = sum(not event.text for event in events)
    if texts and missing:
        notes.append(f"{missing} ratings left out: no text is joined to their decision")
        events = [event for event in events if event.text]
    if not events:
        raise TraceError(
            f"{path}: none of the texts is of a rated decision; join them by the x-pantler-decision header"
        )
    reference = Counter(row.reference for row, _ in served).most_common(1)[0][0]
    return Experience("ledger", tuple(events), tuple(notes), reference)


def _told_once(served: Sequence[Spoken]) -> list[Spoken]:
    """Those that speak of an answer first, rows being in their order; what is said of it again repeats its draw."""
    found, before = [], set[tuple[str, str, str]]()
    for row, words in served:
        answer = row.route, row.key_digest, row.model
        if row.tier not in SHARED or answer not in before:
            found.append((row, words))
        before.add(answer)
    return found


def believed(spoken: Sequence[Spoken]) -> Signals:
    """How far each signal is to be believed, by all that they said of the same answers."""
    names = {name for _, words in spoken for name in words}
    signals = Signals({name: UNKNOWN for name in names if name not in SIGNALS})
    for row, words in spoken:
        signals.learn(doubt(row), words)
    return signals


def _told(signals: Signals) -> list[str]:
    """What was learned of each signal that stood beside another."""
    return [
        f"{name}: beside other signals {met} times, believed {signals.reliability(name, 0.0):.2f} where it says wrong, "
        f"{signals.reliability(name, 1.0):.2f} where it says right"
        for name, met in signals.met.items()
        if met
    ]


def _event(spoken: Spoken, signals: Signals, text: str, chance: float) -> Event:
    row, words = spoken
    before = doubt(row)
    asked = next((each for each in reversed(row.asked) if each.model == row.model), None)
    price = None if asked is None else asked.price
    tokens = row if asked is None else asked.tokens  # of a call that no client was waiting for the row has none
    return Event(
        text=text,
        model=row.model,
        good=1.0 - signals.wrong(before, words),
        told=signals.told(before, words),
        decision=request_of(row.decision),
        propensity=chance,
        tokens_in=float(tokens.tokens_in),
        tokens_out=float(tokens.tokens_out),
        cost=float("nan") if asked is None or asked.spent is None else asked.spent / NANO,
        price_in=float("nan") if price is None else price.tokens_in / PICO,
        price_out=float("nan") if price is None else price.tokens_out / PICO,
        shown=() if asked is None else asked.shown,
        query=query_of(row),
    )
