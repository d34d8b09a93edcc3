"""Clients as they are: the same request again through the OpenAI SDK is answered without being parsed."""

from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from pantler.config.values import Config, Model
from running import running

CONFIG = Config(models=(Model("m", provider="scripted", price="free"),))
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_of_twenty_repeats_through_the_sdk_eighteen_are_not_parsed(tmp_path: Path, streamed: bool) -> None:
    with running(CONFIG, tmp_path) as gateway, openai.OpenAI(base_url=f"{gateway.address}/v1", api_key="k") as client:
        said = []
        for _ in range(21):
            if streamed:
                with client.chat.completions.create(model="m", messages=MESSAGES, stream=True) as pieces:
                    said.append("".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices))
            else:
                said.append(client.chat.completions.create(model="m", messages=MESSAGES).choices[0].message.content)
        assert len(set(said)) == 1
        assert gateway.parsed <= 3
