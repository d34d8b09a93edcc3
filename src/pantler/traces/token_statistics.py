"""How many tokens go in and come out: recorded statistics without keys, to draw sizes and costs from."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError
from pantler.traces.servegen import MOST_TOKENS, is_archive, read_archive
from pantler.traces.source import checked_file, head, lines

AZURE_HEADER = b"TIMESTAMP,ContextTokens,GeneratedTokens"


def token_statistics(path: Path, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 (m, 2): pairs of prompt and answer tokens, each as likely as any other.

    Azure's CSV gives its own rows, a ServeGen archive draws from its distributions. Raises TraceError for any other
    file, also for one that is corrupt or holds no tokens.
    """
    first = head(checked_file(path))
    if first.startswith(AZURE_HEADER):
        return _azure(path)
    if is_archive(first):
        return read_archive(path, rng)
    raise TraceError(f"{path}: no token statistics; give an Azure LLM trace (.csv) or a ServeGen archive (.tar)")


def _azure(path: Path) -> NDArray[np.float64]:
    pairs = [_pair(path, place, line) for first, batch in lines(path) for place, line in enumerate(batch, first)]
    found = [pair for pair in pairs if pair is not None]
    if not found:
        raise TraceError(f"{path}: a header without rows; fetch the file again")
    return np.array(found)


def _pair(path: Path, place: int, line: bytes) -> tuple[float, float] | None:
    if place == 1 or not line.strip():
        return None
    parts = line.split(b",")
    try:
        tokens_in, tokens_out = int(parts[1]), int(parts[2])
    except (ValueError, IndexError) as error:
        raise TraceError(f"{path}: line {place} is no 'time,tokens in,tokens out'; fetch the file again") from error
    if not (0 <= tokens_in <= MOST_TOKENS and 0 <= tokens_out <= MOST_TOKENS):
        raise TraceError(f"{path}: line {place} has no sane number of tokens; fetch the file again")
    return tokens_in, tokens_out
