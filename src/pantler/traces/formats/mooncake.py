"""Mooncake's conversation traces: JSON lines that name the 512-token blocks of each prompt.

Every block reference is a request of size 1. Recomputing block j of a prompt (from 0) attends to all blocks before it
and costs 512 (1 + 512 j / 8192). A block's name is chained to those before it, hence its place and cost are fixed.
The cost is the one our comparison of policies uses (design note on caching, section 4).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from pantler.traces.bad_rows import BadRowCounter
from pantler.traces.rows import Recording, Rows
from pantler.traces.source import BOM, lines

SUMMARY = "JSON lines with timestamp (ms) and hash_ids, one request per 512-token block"
_BLOCK_TOKENS = 512
_NOTES = (
    "one request per 512-token prompt block, each of size 1",
    "cost: prefill work of block j, 512 x (1 + 512 j / 8192)",
)


class _Prompt(msgspec.Struct):
    timestamp: float
    input_length: int
    hash_ids: list[Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]]


_decode = msgspec.json.Decoder(_Prompt).decode


def sniff(head: bytes, path: Path) -> float:
    """1 where the first line names its blocks."""
    first = head.removeprefix(BOM).lstrip().split(b"\n", 1)[0]
    return 1.0 if first.startswith(b"{") and b'"hash_ids"' in first else 0.0


def read(path: Path, columns: Mapping[str, str], bad: BadRowCounter) -> Recording:
    """Blocks as keys, prefill work as cost, times in seconds. Raises TraceError as source.lines does."""
    return Recording(rows=_rows(path, bad), cost_names=("prefill",), cost_unit="token equivalents", notes=_NOTES)


def _rows(path: Path, bad: BadRowCounter) -> Iterator[Rows]:
    for number, batch in lines(path):
        prompts: list[_Prompt] = []
        places: list[int] = []
        for place, line in enumerate(batch, number):
            if not line.strip():
                continue
            prompt = _prompt(line)
            if isinstance(prompt, _Prompt):
                prompts.append(prompt)
                places.append(place)
            else:
                bad.leave_out(place, prompt)
        yield _references(prompts, np.array(places, np.int64))


def _prompt(line: bytes) -> _Prompt | str:
    """The prompt on the line, or why it is none that we can price."""
    try:
        prompt = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return str(error)
    if len(prompt.hash_ids) != -(-prompt.input_length // _BLOCK_TOKENS):
        return f"{len(prompt.hash_ids)} blocks of {_BLOCK_TOKENS} tokens for {prompt.input_length} tokens"
    return prompt


def _references(prompts: list[_Prompt], places: np.ndarray) -> Rows:
    counts = np.array([len(prompt.hash_ids) for prompt in prompts], np.int64)
    blocks = np.array([block for prompt in prompts for block in prompt.hash_ids], np.int64)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    position = np.arange(len(blocks)) - starts
    times = np.array([prompt.timestamp / 1000 for prompt in prompts])
    return Rows(
        lines=np.repeat(places, counts),
        keys=blocks.view(np.uint64),
        sizes=np.ones(len(blocks)),
        costs=(_BLOCK_TOKENS * (1 + _BLOCK_TOKENS * position / 8192)).reshape(-1, 1),
        times=np.repeat(times, counts),
    )
