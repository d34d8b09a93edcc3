"""Static word vectors from the table that the package wordllama brings.

v(text) = mean of its tokens' rows, scaled to length 1. Its two files are read where they lie: the package's own loader
looks for one of them on the network.

No token goes on from a letter to what is none, into a space or a line's end, or beside an ASCII digit. So a text is cut
there, the tokens of most pieces are known beforehand, and all of them together are those of the whole text.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FEATURE, EXTRA = "the embedder 'wordllama'", "semantic"
WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
MOST_TOKENS = 512
SPACE = "▁"  # as tokens have it
SET_APART = ">"  # which every token ends with that stands for no text, such as </s>

_ASCII_PIECE = re.compile(r"\n|[0-9]| *[A-Za-z]+| *[^ \n0-9A-Za-z]+| +")
_PIECE = re.compile(r"\n|[0-9]| *[^ \n0-9]+| +")  # of any text, for what is a letter elsewhere the tokens do not say


class WordLlama:
    """256 numbers for a text of at most `max_tokens` tokens, what follows left out; order-free, some 40 us a question.

    Nothing is loaded before the first text. Raises MissingExtra where a package is not installed, ConfigError where one
    of the two files is not in it; for no texts, too.
    """

    dimensions = 256

    def __init__(self, *, max_tokens: int = MOST_TOKENS) -> None:
        self.max_tokens = max_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        if not texts:
            _load_file(), _file(WEIGHTS), self._tokenizer  # which say what is not installed
        for place, text in enumerate(texts):
            if ids := self._tokens(text):
                vectors[place] = np.add.reduce(self._table.take(ids, axis=0))  # the scale is taken out below
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0.0)
        return vectors

    def _tokens(self, text: str) -> list[int]:
        """The numbers of a text's first tokens."""
        pieces = (_ASCII_PIECE if text.isascii() else _PIECE).findall(" " + text) if text else []
        known, told = self._known, self._told
        return list(chain.from_iterable([known.get(piece) or told(piece) for piece in pieces]))[: self.max_tokens]

    @cached_property
    def _known(self) -> dict[str, tuple[int, ...]]:
        """The tokens of each piece that is a token by itself: most words.

        No others are ever added, for the time that a text takes would tell whose words have come before.
        """
        pieces = (token.replace(SPACE, " ") for token in self._tokenizer.get_vocab())
        return {piece: self._told(piece) for piece in pieces if _PIECE.fullmatch(piece)}

    def _told(self, piece: str) -> tuple[int, ...]:
        """The tokens of a piece; by the model within, where that is all there is to it, in a third of the time."""
        if SET_APART in piece:
            return tuple(self._tokenizer.encode(piece, add_special_tokens=False).ids)
        return tuple([token.id for token in self._model.tokenize(piece.replace(" ", SPACE))])

    @cached_property
    def _model(self) -> Any:
        return self._tokenizer.model

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        """The rows of all tokens, at twice the file's precision: 33 MB, and a fifth of the time to add rows up."""
        rows: NDArray[np.float32] = _load_file()(_file(WEIGHTS))["embedding.weight"].astype(np.float32)
        return rows

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        try:
            from tokenizers import Tokenizer, normalizers
        except ImportError as error:
            raise MissingExtra(FEATURE, EXTRA) from error
        tokenizer = Tokenizer.from_file(str(_file(TOKENIZER)))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.model._resize_cache(0)  # of words that came before, which time would tell
        tokenizer.normalizer = normalizers.Replace(" ", SPACE)  # and no space before a piece, which brings its own
        return tokenizer


def _load_file() -> Callable[[Path], dict[str, NDArray[np.float16]]]:
    """Reads a table."""
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingExtra(FEATURE, EXTRA) from error
    return load_file


def _file(name: str) -> Path:
    """Where a file of the package lies; it is not imported, for that would bring in an HTTP client and more."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(FEATURE, EXTRA)
    file = Path(spec.submodule_search_locations[0]) / name
    if not file.is_file():
        remedy = "pip install --force-reinstall --no-deps wordllama"
        raise ConfigError(f"{FEATURE} finds no {file}; install its package anew: {remedy}")
    return file
