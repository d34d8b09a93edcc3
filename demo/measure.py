"""Asks both models of the demo every question of its set and records what they answer in outcomes.jsonl.

The cheap model is a real SmolLM2-135M, which has to be installed (`make test` or `make demo` does); its answers take a
minute or two. The dear one is scripted: it knows every answer, and its seconds are declared in gateway.toml.
"""

import asyncio
import time

import msgspec

from checker import FOLDER, MOST_TOKENS, Question, Recorded, is_right, questions
from pantler.config.reading import read
from pantler.core.answers import said_in
from pantler.core.asks import Ask, Endpoint
from pantler.core.edges import Provider
from pantler.core.usage import usage_of
from pantler.providers.local import Local
from pantler.providers.scripted import Scripted

CHEAP, DEAR = "smollm2-135m", "reference"
GIVEN_SECONDS = 60.0


class Watch:
    """Time that is declared and not waited for, beside that which passes."""

    def __init__(self) -> None:
        self.declared = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.declared += seconds

    def now(self) -> float:
        """Seconds, the declared ones too."""
        return time.monotonic() + self.declared


async def asked(model: str, provider: Provider, question: Question, watch: Watch) -> Recorded:
    """One question's outcome."""
    body = {"messages": [{"role": "user", "content": question.question}], "temperature": 0, "max_tokens": MOST_TOKENS}
    begun = watch.now()
    answer = await provider.whole(Ask("chat", model, body, time.monotonic() + GIVEN_SECONDS))
    seconds = round(watch.now() - begun, 3)
    (said,), tokens = said_in(answer), usage_of(answer)
    assert tokens is not None
    return Recorded(
        model,
        question.question,
        said.text,
        tokens.tokens_in,
        tokens.tokens_out,
        seconds,
        said.finish_reason,
        is_right(question, said.text),
    )


async def measured(model: str, provider: Provider, watch: Watch) -> list[Recorded]:
    """Every question's outcome, the first one's start of the server apart."""
    try:
        await asked(model, provider, questions()[0], watch)
        return [await asked(model, provider, question, watch) for question in questions()]
    finally:
        await provider.close()


async def main() -> None:
    """Measure, record, report."""
    watch = Watch()
    settings = {model.name: model.settings for model in read(FOLDER / "gateway.toml").models}
    dear = Scripted(Endpoint(name=DEAR), **settings[DEAR], sleep=watch.sleep)
    lines = await measured(CHEAP, Local(Endpoint(name=CHEAP)), watch) + await measured(DEAR, dear, watch)
    (FOLDER / "outcomes.jsonl").write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
    for model in (CHEAP, DEAR):
        own = [each for each in lines if each.model == model]
        right, seconds = sum(each.right for each in own), sum(each.seconds for each in own)
        print(f"{model}: {right} of {len(own)} right ({right / len(own):.0%}), {seconds / len(own):.2f} s an answer")


if __name__ == "__main__":
    asyncio.run(main())
