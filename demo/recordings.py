"""The recorded answers of both models as the cache would hold them."""

from checker import FOLDER, MOST_TOKENS, recorded
from pantler.config.prices import price_of
from pantler.config.values import Config, Model
from pantler.core.asks import Ask, Endpoint, Entry
from pantler.core.cost import money
from pantler.core.usage import usage_of
from pantler.gateway.wires.chat import Chat
from pantler.providers.replay import Replay
from popularity import Request


class Recordings:
    """What each model answered to each question, and what that costs at the prices of a configuration."""

    def __init__(self, config: Config) -> None:
        self._right = {(line.model, line.question): line.right for line in recorded()}
        self._entries: dict[tuple[str, str, bool], Entry] = {}
        self._models = config.models

    async def load(self) -> None:
        """Read the answers, each in whole and in pieces."""
        for model in self._models:
            provider = Replay(Endpoint(name=model.name), path=str(FOLDER / "outcomes.jsonl"))
            for name, question in self._right:
                if name == model.name:
                    messages = [{"role": "user", "content": question}]
                    ask = Ask("chat", name, {"messages": messages, "max_tokens": MOST_TOKENS})
                    pieces = tuple([piece async for piece in provider.pieces(ask)])
                    self._entries[name, question, True] = _entry(model, Chat().join(pieces), pieces)
                    self._entries[name, question, False] = _entry(model, await provider.whole(ask))

    def entry(self, model: str, request: Request) -> Entry:
        """The answer, streamed or not as the request asks."""
        return self._entries[model, request.question.question, request.is_streamed]

    def paid(self, model: str, request: Request) -> int:
        """What it cost, in nano-dollars."""
        paid = self.entry(model, request).paid
        assert paid is not None, "an entry here is priced"
        return paid

    def is_right(self, model: str, request: Request) -> bool:
        """What the checker said of it."""
        return self._right[model, request.question.question]


def _entry(model: Model, body: bytes, pieces: tuple[bytes, ...] = ()) -> Entry:
    price, tokens = price_of(model)[0], usage_of(body)
    assert price is not None, "the demo's configuration declares every price"
    assert tokens is not None, "what was recorded tells its tokens"
    return Entry(body, model.name, "", "", 0.0, pieces=pieces, tokens=tokens, paid=money(price, tokens))
