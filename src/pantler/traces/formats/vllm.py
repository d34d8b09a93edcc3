"""vLLM's server log, where it was told to log requests.

The forms of the request logger over the years:
    Received request ID: prompt: 'TEXT', params: SamplingParams(...), prompt_token_ids: [1, 2], ...
    Request ID details: prompt: 'TEXT', prompt_token_ids: [1, 2], ...      (--enable-log-requests, at level DEBUG)
    Generated response ID: output: 'TEXT', output_token_ids: [3], finish_reason: stop      (--enable-log-outputs)
"""

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pantler.core.errors import TraceError
from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording, Rows
from pantler.traces.source import lines
from pantler.traces.values import hashed

SUMMARY = "vLLM server log with requests (--enable-log-requests at level DEBUG), answers with --enable-log-outputs"

_MARK = re.compile(rb"Received request \S+: (prompt|params): |Request \S+ details: prompt: ")
_ASKED = re.compile(
    rb"(?:Received request|Request) (?P<id>[^\s:]+)(?: details)?: prompt: (?P<prompt>.*?), "
    rb"(?:params: .*, )?prompt_token_ids: (?P<tokens>None|\[[^\]]*\])"
)
_SAID = re.compile(
    rb"Generated response (?P<id>[^\s:]+)(?: \(streaming complete\))?: output: (?P<text>.*), "
    rb"output_token_ids: (?P<tokens>None|\[[^\]]*\]|\([^)]*\))"
)
_STAMP = re.compile(rb" (\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ")
_NOTES = ("vLLM log: key from the prompt, sampling parameters not counted; --max-log-len cuts prompts short",)


class _Asked(NamedTuple):
    line: int
    request: bytes
    key: int
    tokens: float
    time: float


class _Said(NamedTuple):
    size: float
    tokens: float


def sniff(head: bytes, path: Path) -> float:
    """1 where the head of the file holds a logged request."""
    return 1.0 if _MARK.search(head) else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Prompts as keys, in order of arrival; an answer comes lines later, so the log is read to its end at once.

    Raises TraceError as source.lines does, also where the log holds no prompts.
    """
    asked: list[_Asked] = []
    said: dict[bytes, _Said] = {}
    for number, batch in lines(path):
        for place, line in enumerate(batch, number):
            if found := _ASKED.search(line):
                asked.append(_question(place, line, found))
            elif found := _SAID.search(line):
                said[found["id"]] = _Said(max(len(found["text"]) - 2.0, 1.0), _count(found["tokens"]))
    if not asked:
        raise TraceError(
            f"{path}: requests without prompts; run vLLM with --enable-log-requests and VLLM_LOGGING_LEVEL=DEBUG"
        )
    return Recording(rows=iter([_rows(asked, said)]), notes=_NOTES)


def _question(place: int, line: bytes, found: re.Match[bytes]) -> _Asked:
    content = found["tokens"] if found["prompt"] == b"None" else found["prompt"]
    return _Asked(place, found["id"], hashed(content), _count(found["tokens"]), _time(line))


def _count(tokens: bytes) -> float:
    """How many token ids a printed list holds, NaN for None."""
    return math.nan if tokens == b"None" else float(len(tokens.strip(b"[](), ").split(b",")) if len(tokens) > 2 else 0)


def _time(line: bytes) -> float:
    """Seconds since the year began: vLLM's stamp names no year."""
    stamp = _STAMP.search(line)
    if stamp is None:
        return math.nan
    month, day, hour, minute, second = map(int, stamp.groups())
    try:
        days = (date(2000, month, day) - date(2000, 1, 1)).days
    except ValueError:
        return math.nan
    return float(((days * 24 + hour) * 60 + minute) * 60 + second)


def _rows(asked: list[_Asked], said: Mapping[bytes, _Said]) -> Rows:
    answers = [said.get(question.request, _Said(math.nan, math.nan)) for question in asked]
    return Rows(
        lines=np.array([question.line for question in asked], np.int64),
        keys=np.array([question.key for question in asked], np.uint64),
        sizes=_known([answer.size for answer in answers]),
        times=_known([question.time for question in asked]),
        tokens_in=_known([question.tokens for question in asked]),
        tokens_out=_known([answer.tokens for answer in answers]),
    )


def _known(values: list[float]) -> np.ndarray | None:
    """The column, None where no row has a value."""
    return None if all(map(math.isnan, values)) else np.array(values)
