"""Experience out of pantler's own ledger: what clients said of answers, with the chances of the choice.

The ledger holds no texts. They may be joined to it from a file of JSON lines, by the id of each decision.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pantler.core.errors import TraceError
from pantler.core.rows import Row
from pantler.ledgers import schema
from pantler.ledgers.reading import reading
from pantler.traces.experience import Event, Experience

PICO = 1e12
NANO = 1e9
SERVED = ("miss", "hit", "stale", "coalesced")


_COLUMNS = ", ".join(f"rows.{column}" for column in schema.COLUMNS)
SELECT = f"SELECT ratings.good, {_COLUMNS} FROM rows JOIN ratings USING (decision) WHERE model != ''"


class _Line(msgspec.Struct):
    decision_id: str
    prompt: str


def read_texts(path: Path) -> dict[str, str]:
    """The prompts of decisions; TraceError for a file that is not so."""
    try:
        lines = msgspec.json.Decoder(_Line).decode_lines(path.read_bytes())
    except OSError as error:
        raise TraceError(f"{path}: cannot be read ({error.strerror}); name a file of JSON lines") from error
    except msgspec.DecodeError as error:
        raise TraceError(f'{path}: {error}; each line is {{"decision_id": "dec_...", "prompt": "..."}}') from error
    return {line.decision_id: line.prompt for line in lines}


def from_ledger(path: Path, texts: Mapping[str, str]) -> Experience:
    """Every rated answer; the text is empty where none is joined to its decision. TraceError where nothing is rated."""
    with reading(path) as connection:
        rated = [(schema.row(found[1:]), float(found[0])) for found in connection.execute(SELECT)]
    left = Counter[str]()
    events = []
    for row, good in rated:
        if row.tier not in SERVED:
            left[f"tier {row.tier}"] += 1
            continue
        events.append(_event(row, good, texts.get(row.decision, "")))
    if not events:
        raise TraceError(f"{path}: no answer was rated; let clients send what they think to POST /v1/feedback")
    notes = [f"{count} ratings left out: {why}" for why, count in left.items()]
    missing = sum(not event.text for event in events)
    if texts and missing:
        notes.append(f"{missing} ratings left out: no text is joined to their decision")
        events = [event for event in events if event.text]
    if not events:
        raise TraceError(
            f"{path}: none of the texts is of a rated decision; join them by the x-pantler-decision header"
        )
    return Experience("ledger", tuple(events), tuple(notes))


def _event(row: Row, good: float, text: str) -> Event:
    asked = next((each for each in reversed(row.asked) if each.model == row.model), None)
    price = None if asked is None else asked.price
    chosen = next((each for each in row.candidates if each.models[:1] == (row.model,) and each.propensity > 0.0), None)
    return Event(
        text=text,
        model=row.model,
        good=good,
        propensity=1.0 if chosen is None else chosen.propensity,
        tokens_in=float(row.tokens_in),
        tokens_out=float(row.tokens_out),
        cost=float("nan") if asked is None or asked.spent is None else asked.spent / NANO,
        price_in=float("nan") if price is None else price.tokens_in / PICO,
        price_out=float("nan") if price is None else price.tokens_out / PICO,
    )
