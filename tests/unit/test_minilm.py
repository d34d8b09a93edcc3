"""The encoder that is written from bare weights makes of a text what its formula says."""

from math import erf, sqrt
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

import pantler.cli
from encoder import HEADS, LAYERS, PLACES, WIDTH, WORDS, drawn_weights, real_encoder, write_weights
from pantler.core.errors import ConfigError
from pantler.embedders._bert_graph import Graph, Hyperparameters
from pantler.embedders.minilm import MiniLM

Array = NDArray[np.float64]


class Twin:
    """The formula, head by head and token by token."""

    def __init__(self, weights: dict[str, Any]) -> None:
        self.weights = weights

    def vector(self, ids: list[int]) -> Array:
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.normed(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            heard = self.linear(self.attended(x, f"{name}.attention.self"), f"{name}.attention.output.dense")
            a = self.normed(x + heard, f"{name}.attention.output.LayerNorm")
            wide = np.vectorize(lambda z: z * (1.0 + erf(z / sqrt(2.0))) / 2.0)(
                self.linear(a, f"{name}.intermediate.dense")
            )
            x = self.normed(a + self.linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return np.asarray(x.mean(axis=0))

    def attended(self, x: Array, name: str) -> Array:
        query, key, value = (self.linear(x, f"{name}.{part}") for part in ("query", "key", "value"))
        width = WIDTH // HEADS
        heads = []
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            scores = np.exp(query[:, part] @ key[:, part].T / sqrt(width))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ value[:, part])
        return np.concatenate(heads, axis=1)

    def linear(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])

    def normed(self, x: Array, name: str) -> Array:
        spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        scaled = (x - x.mean(axis=1, keepdims=True)) / spread
        return np.asarray(scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])


def build(*arguments: object) -> Result:
    return CliRunner().invoke(pantler.cli.main, ["build", "minilm", *map(str, arguments)], prog_name="pantler")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of drawn weights, built as the real one is."""
    source, made = tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("encoder")
    write_weights(source, drawn_weights())
    told = build(made, "--weights", source)
    assert told.exit_code == 0, told.output
    return made


@pytest.mark.parametrize("ids", [[1], [1, 2, 3], list(range(len(WORDS)))])
def test_the_graph_computes_the_formula(ids: list[int]) -> None:
    from onnxruntime import InferenceSession

    weights = drawn_weights()
    known = Hyperparameters(num_attention_heads=HEADS, num_hidden_layers=LAYERS, layer_norm_eps=1e-12)
    session = InferenceSession(Graph(known, weights).model().SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"ids": np.array(ids, np.int64)})
    wide: dict[str, Any] = {name: value.astype(np.float64) for name, value in weights.items()}
    np.testing.assert_allclose(found, Twin(wide).vector(ids), atol=1e-4)


def test_in_8_bits_a_vector_points_the_same_way(small: Path) -> None:
    text = "how do i cook rice in the oven"
    ids = [WORDS.index(word) for word in text.split()]
    twin = Twin(drawn_weights()).vector(ids)
    assert MiniLM(path=str(small)).embed([text])[0] @ twin / np.linalg.norm(twin) > 0.99


def test_what_follows_the_last_token_that_is_read_changes_nothing(small: Path) -> None:
    embedder = MiniLM(path=str(small), max_tokens=PLACES)
    long = " ".join(["rice"] * PLACES)
    np.testing.assert_array_equal(*embedder.embed([long, long + " bread"]))


def test_where_the_files_are_not_there_the_error_says_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"finds no tokenizer.json in {tmp_path}; .* pantler build minilm {tmp_path}"):
        MiniLM(path=str(tmp_path)).embed(["a"])


@pytest.mark.parametrize("name", ["tokenizer.json", "encoder.onnx"])
@pytest.mark.parametrize("content", [b"", b"{}", b"cut o"])
def test_a_file_that_was_not_written_whole_is_refused_by_name(
    small: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    copytree(small, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot read {tmp_path / name} .*; build it anew: pantler build minilm"):
        MiniLM(path=str(tmp_path)).embed([])


def test_another_encoder_than_was_built_is_refused(small: Path, tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save_model

    copytree(small, tmp_path, dirs_exist_ok=True)
    asked, told = (helper.make_tensor_value_info(name, TensorProto.INT64, ["n"]) for name in ("ids", "vector"))
    graph = helper.make_graph([helper.make_node("Identity", ["ids"], ["vector"])], "other", [asked], [told])
    save_model(helper.make_model(graph, ir_version=8), tmp_path / "encoder.onnx")
    with pytest.raises(ConfigError, match="it is another encoder"):
        MiniLM(path=str(tmp_path)).embed([])


def test_a_folder_without_weights_is_refused_by_name(tmp_path: Path) -> None:
    told = build(tmp_path / "made", "--weights", tmp_path)
    assert (told.exit_code, f"{tmp_path} holds no tokenizer.json" in told.output) == (2, True)


def test_a_folder_whose_weights_are_missing_or_broken_is_refused_by_name(tmp_path: Path) -> None:
    source = write_weights(tmp_path, drawn_weights())
    for break_it in (Path.unlink, Path.touch):
        break_it(source / "model.safetensors")
        told = build(tmp_path / "made", "--weights", source)
        said = " ".join(told.output.split())
        assert (told.exit_code, "model.safetensors holds no weights" in said) == (2, True), said


def test_a_folder_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = build(tmp_path / "file" / "made", "--weights", write_weights(tmp_path, drawn_weights()))
    assert (told.exit_code, "cannot be written" in told.output) == (2, True)


def test_the_real_one_makes_what_its_card_shows() -> None:
    folder = real_encoder()
    if folder is None:
        pytest.skip("the weights are not installed; make test installs them")
    card = [0.0677, 0.0635, 0.0487, 0.0793, 0.0374]  # of the first numbers, in 32 bits
    found = MiniLM(path=folder).embed(["This is an example sentence"])[0]
    np.testing.assert_allclose(found[:5], card, atol=0.02)
