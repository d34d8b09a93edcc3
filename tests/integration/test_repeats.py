"""Clients as they are: what was asked before through the OpenAI SDK is answered without reaching the app."""

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
        assert gateway.parsed + gateway.read <= 3


def test_of_twenty_questions_in_unlike_bytes_eighteen_do_not_reach_the_app(tmp_path: Path) -> None:
    with running(CONFIG, tmp_path) as gateway, openai.OpenAI(base_url=f"{gateway.address}/v1", api_key="k") as client:
        for number in range(21):
            user = "u" * (number + 1)  # so that lengths differ too
            response = client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES, user=user)
            assert response.headers["x-pantler-cache"] == ("hit" if number else "miss")
        assert gateway.parsed <= 3
        assert gateway.read >= 18
