"""ServeGen archives: how fast each client of a served model asks, with how many tokens.

For each client chunk there are a `*-trace.csv` (window start in seconds, rate, ...) and a `*-dataset.json` (window
start -> field -> probabilities, as the text of a Python dict). A window weighs as many requests as its rates say.
"""

import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError
from pantler.traces.source import blocks

PAIRS = 1 << 16
MOST_TOKENS = 2**31
_MEMBER = re.compile(r"chunk-(\d+)-(trace\.csv|dataset\.json)$")
_CHANCE = re.compile(r"(\d+): ([0-9.eE+-]+)")
_decode = msgspec.json.Decoder(dict[str, dict[str, str]]).decode

Chances: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]


class _Window(NamedTuple):
    weight: float
    inputs: list[Chances]
    output: Chances


def is_archive(first: bytes) -> bool:
    """Whether a file's first bytes are those of a tar archive."""
    return first[257:262] == b"ustar"


def read_archive(path: Path, rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 (65536, 2): pairs of prompt and answer tokens, drawn window by window, both sides independently.

    Raises TraceError for an archive that is cut short, corrupt or without tokens.
    """
    windows = [window for traces, dataset in _chunks(path) for window in _windows(path, traces, dataset)]
    total = sum(window.weight for window in windows)
    if not total > 0:
        raise TraceError(f"{path}: no client with both rates and token distributions; fetch the archive again")
    counts = rng.multinomial(PAIRS, [window.weight / total for window in windows])
    drawn = [_drawn(window, int(count), rng) for window, count in zip(windows, counts, strict=True) if count]
    pairs = np.concatenate(drawn)
    if pairs.max() > MOST_TOKENS:
        raise TraceError(f"{path}: a client with {pairs.max():g} tokens at once; fetch the archive again")
    return pairs


def _chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """The rates with the distributions of every client that has both."""
    found: dict[str, dict[str, bytes]] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(b"".join(blocks(path)))) as archive:
            for member in archive:
                matched = _MEMBER.search(member.name)
                content = archive.extractfile(member)
                if matched and content:
                    found.setdefault(matched[1], {})[matched[2]] = content.read()
    except tarfile.TarError as error:
        raise TraceError(f"{path}: the archive is corrupt ({error}); fetch it again") from error
    for _, files in sorted(found.items()):
        if len(files) == 2:
            yield files["trace.csv"], files["dataset.json"]


def _windows(path: Path, trace: bytes, dataset: bytes) -> Iterator[_Window]:
    try:
        rates = np.array([[float(text) for text in line.split(b",")[:2]] for line in trace.split()])
        described = sorted((float(start), fields) for start, fields in _decode(dataset).items())
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise TraceError(f"{path}: a client's files do not read as ServeGen's ({error}); fetch it again") from error
    places = np.searchsorted([start for start, _ in described], rates[:, 0], side="right") - 1
    for place, (_, fields) in enumerate(described):
        inputs, output = _tokens(fields)
        if len(output[0]) and all(len(values) for values, _ in inputs):
            yield _Window(float(rates[places == place, 1].sum()), inputs, output)


def _tokens(fields: Mapping[str, str]) -> tuple[list[Chances], Chances]:
    """The distributions of every kind of input token (text, image, ...) with that of the output tokens."""
    inputs = [_chances(text) for name, text in fields.items() if name.endswith("_tokens") and name != "output_tokens"]
    return inputs, _chances(fields.get("output_tokens", ""))


def _chances(text: str) -> Chances:
    pairs = np.array(_CHANCE.findall(text), np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1] / max(pairs[:, 1].sum(), 1e-300)


def _drawn(window: _Window, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    tokens_in = sum(rng.choice(values, count, p=chances) for values, chances in window.inputs)
    values, chances = window.output
    return np.column_stack([np.broadcast_to(tokens_in, count), rng.choice(values, count, p=chances)])
