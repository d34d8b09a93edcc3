"""An encoder of the BERT kind as an ONNX graph, written from its weights without the framework that trained it.

One text at a time, n tokens:  x = LN(W_t + P_1..n + S_0);  per layer  a = LN(x + O softmax(Q K^T / sqrt d) V),
x = LN(a + W_2 gelu(W_1 a));  the vector is the mean of x over the tokens (Devlin et al. 2019; Reimers, Gurevych 2019).
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import ConfigError, MissingExtra

OPSET = 17  # the first with layer normalisation
IR_VERSION = 8
MODEL, CONFIG = "model.safetensors", "config.json"
_PARTS = {"query": [1, 0, 2], "key": [1, 2, 0], "value": [1, 0, 2]}  # heads before tokens
Array = NDArray[np.float32]
Weights = Mapping[str, Array]


class Hyperparameters(msgspec.Struct, frozen=True):
    """What the encoder's own configuration says of it."""

    num_attention_heads: int
    num_hidden_layers: int
    layer_norm_eps: float
    hidden_act: str = "gelu"


class Graph:
    """Nodes and constants as they are written, one after another."""

    def __init__(self, known: Hyperparameters, weights: Weights) -> None:
        self._known = known
        self._weights = weights
        self._nodes: list[Any] = []  # onnx's own, as are the constants
        self._constants: list[Any] = []

    def model(self) -> Any:
        """The whole of it: from int64 (n,) `ids` to float32 (width,) `vector`."""
        from onnx import TensorProto, helper

        x = self._embedded()
        for layer in range(self._known.num_hidden_layers):
            x = self._layer(x, f"encoder.layer.{layer}")
        self._node("ReduceMean", [x], "vector", axes=[0], keepdims=0)
        width = self._weights["embeddings.LayerNorm.weight"].shape[0]
        asked = helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])
        told = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [width])
        graph = helper.make_graph(self._nodes, "encoder", [asked], [told], self._constants)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="pantler")

    def _embedded(self) -> str:
        weights = self._weights
        words = self._constant("words", weights["embeddings.word_embeddings.weight"])
        kind = weights["embeddings.token_type_embeddings.weight"][0]  # all of one segment
        places = self._constant("places", weights["embeddings.position_embeddings.weight"] + kind)
        count = self._node("Shape", ["ids"], "count")
        nothing = self._constant("nothing", np.zeros(1, np.int64))
        here = self._node("Slice", [places, nothing, count, nothing], "here")
        found = self._node("Gather", [words, "ids"], "found", axis=0)
        return self._normed(self._node("Add", [found, here], "placed"), "embeddings.LayerNorm")

    def _layer(self, x: str, name: str) -> str:
        mixed = self._linear(self._attended(x, f"{name}.attention.self"), f"{name}.attention.output.dense")
        a = self._normed(self._node("Add", [x, mixed], f"{name}.mixed"), f"{name}.attention.output.LayerNorm")
        wide = self._gelu(self._linear(a, f"{name}.intermediate.dense"))
        narrow = self._linear(wide, f"{name}.output.dense")
        return self._normed(self._node("Add", [a, narrow], f"{name}.narrow"), f"{name}.output.LayerNorm")

    def _attended(self, x: str, name: str) -> str:
        query, key, value = self._by_head(x, name)
        scores = self._node("MatMul", [query, key], f"{name}.scores")
        chances = self._node("Softmax", [scores], f"{name}.chances", axis=-1)
        heard = self._node("MatMul", [chances, value], f"{name}.heard")
        by_token = self._node("Transpose", [heard], f"{name}.by_token", perm=[1, 0, 2])
        width = self._constant(f"{name}.width", np.array([-1, len(self._weights[f"{name}.key.bias"])], np.int64))
        return self._node("Reshape", [by_token, width], f"{name}.joined")

    def _by_head(self, x: str, name: str) -> list[str]:
        """Q / sqrt d (heads, n, d), K^T (heads, d, n) and V (heads, n, d), made in one product."""
        heads, width = self._known.num_attention_heads, len(self._weights[f"{name}.key.bias"])
        scales = np.repeat(np.array([(width // heads) ** -0.5, 1.0, 1.0], np.float32), width)
        weight = np.concatenate([self._weights[f"{name}.{part}.weight"] for part in _PARTS])
        bias = np.concatenate([self._weights[f"{name}.{part}.bias"] for part in _PARTS])
        together = self._affine(x, name, (weight * scales[:, None], bias * scales))
        self._split(together, [f"{name}.{part}" for part in _PARTS])
        split = self._constant(f"{name}.heads", np.array([-1, heads, width // heads], np.int64))
        made = []
        for part, order in _PARTS.items():
            whole = self._node("Reshape", [f"{name}.{part}", split], f"{name}.{part}.split")
            made.append(self._node("Transpose", [whole], f"{name}.{part}.by_head", perm=order))
        return made

    def _gelu(self, x: str) -> str:
        """Makes x (1 + erf(x / sqrt 2)) / 2."""
        root = self._constant(f"{x}.root", np.float32(2.0**-0.5))
        one, half = self._constant(f"{x}.one", np.float32(1.0)), self._constant(f"{x}.half", np.float32(0.5))
        erf = self._node("Erf", [self._node("Mul", [x, root], f"{x}.scaled")], f"{x}.erf")
        gate = self._node("Mul", [x, self._node("Add", [erf, one], f"{x}.gate")], f"{x}.gated")
        return self._node("Mul", [gate, half], f"{x}.gelu")

    def _normed(self, x: str, name: str) -> str:
        parts = [self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        epsilon = self._known.layer_norm_eps
        return self._node("LayerNormalization", [x, *parts], f"{name}.out", axis=-1, epsilon=epsilon)

    def _linear(self, x: str, name: str) -> str:
        return self._affine(x, name, (self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]))

    def _affine(self, x: str, name: str, parts: tuple[Array, Array]) -> str:
        weight = self._constant(f"{name}.weight", np.ascontiguousarray(parts[0].T))
        bias = self._constant(f"{name}.bias", parts[1])
        return self._node("Add", [self._node("MatMul", [x, weight], f"{name}.product"), bias], f"{name}.out")

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _split(self, x: str, outputs: list[str]) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node("Split", [x], outputs, name=f"{x}.split", axis=1))

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


def write_encoder(weights: Path, file: Path) -> None:
    """Write the encoder whose safetensors and configuration lie in the folder `weights`, in 8-bit integers.

    Raises ConfigError where they do not, MissingExtra where onnx is not installed.
    """
    try:
        from onnx import save_model
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingExtra("building an encoder", "minilm") from error
    known = _hyperparameters_of(weights)
    try:
        model = Graph(known, load_file(weights / MODEL)).model()
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{weights / MODEL} holds no weights ({error}); name the folder of an encoder") from error
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        save_model(model, whole)
        quantize_dynamic(whole, file, weight_type=QuantType.QInt8, per_channel=True)


def _hyperparameters_of(weights: Path) -> Hyperparameters:
    try:
        known = msgspec.json.decode((weights / CONFIG).read_bytes(), type=Hyperparameters)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{weights / CONFIG} does not describe an encoder ({error}); name the folder of one"
        ) from error
    if known.hidden_act != "gelu":
        raise ConfigError(f"{weights} is an encoder with {known.hidden_act!r} between its layers; name one with gelu")
    return known
