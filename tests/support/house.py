"""A gateway in process: the real application over a provider that the test leads by the hand."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantler.config.values import Config, Model, Prices
from pantler.core.asks import Ask
from pantler.core.errors import ProviderError
from pantler.core.rows import Alike, Row
from pantler.gateway.app import App
from pantler.gateway.clocks import Clocks
from pantler.gateway.keeping import Keeping
from pantler.gateway.means import models_of
from pantler.gateway.serving import Serving
from pantler.gateway.setup import set_up
from pantler.live.upstream import Upstream

SECRET = b"0123456789abcdef0123456789abcdef"
CHAT = "/v1/chat/completions"


@dataclass
class Reply:
    """What a client got; `sent` is each chunk of the body as it was sent."""

    status: int
    headers: dict[str, str]
    sent: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.sent)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def tier(self) -> str:
        return self.headers["x-pantler-cache"]

    @property
    def events(self) -> list[str]:
        return [event.removeprefix("data: ") for event in self._blocks if not event.startswith(":")]

    @property
    def remarks(self) -> dict[str, str]:
        """What a stream says in comments."""
        lines = [line for block in self._blocks if block.startswith(":") for line in block.split("\n")]
        return dict(line.removeprefix(": ").split(": ") for line in lines)

    @property
    def _blocks(self) -> list[str]:
        return [block for block in self.body.decode().split("\n\n") if block]

    @property
    def text(self) -> str:
        """The words of a streamed answer."""
        pieces = [json.loads(event) for event in self.events if event != "[DONE]"]
        return "".join(choice["delta"].get("content") or "" for piece in pieces for choice in piece.get("choices", ()))


def whole(text: str, model: str = "m") -> bytes:
    """A whole answer as an upstream sends it."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    answer = {"id": "a1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
    return json.dumps({**answer, "usage": usage}).encode()


def pieces(*words: str) -> list[bytes]:
    """The pieces of a streamed answer, its usage last."""
    head = {"id": "a1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in words)]
    choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    ends = [[{"index": 0, "delta": {}, "finish_reason": "stop"}]]
    usage = {"prompt_tokens": 3, "completion_tokens": len(words), "total_tokens": 3 + len(words)}
    said = [{**head, "choices": choice} for choice in (*choices, *ends)]
    return [json.dumps(piece).encode() for piece in (*said, {**head, "choices": [], "usage": usage})]


class Led:
    """A provider whose calls wait until the test lets them go on, and end as it says."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.cancelled = 0
        self.failures: list[Exception] = []  # taken one by one, by the calls in their order
        self.answer = whole("four")
        self.stream = pieces("fo", "ur")
        self.gate = asyncio.Event()  # every call waits for it before it answers
        self.steps: asyncio.Semaphore | None = None  # where set, each piece waits for a permit
        self.arrived = asyncio.Event()

    @property
    def calls(self) -> int:
        return len(self.asks)

    async def whole(self, ask: Ask) -> bytes:
        await self._begin(ask)
        return self.answer

    async def pieces(self, ask: Ask) -> AsyncGenerator[bytes, None]:
        await self._begin(ask)
        for piece in self.stream:
            if self.steps is not None:
                await self._held(self.steps.acquire())
            yield piece
            if self.failures and isinstance(self.failures[0], Cut):
                raise self.failures.pop(0)

    async def close(self) -> None:
        return None

    async def _begin(self, ask: Ask) -> None:
        self.asks.append(ask)
        self.arrived.set()
        failure = self.failures.pop(0) if self.failures and not isinstance(self.failures[0], Cut) else None
        await self._held(self.gate.wait())
        if failure is not None:
            raise failure

    async def _held(self, waiting: Coroutine[Any, Any, Any]) -> None:
        try:
            await waiting
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


class Cut(ProviderError):
    """A stream that breaks off after its first piece."""

    def __init__(self) -> None:
        super().__init__("m broke off", kind="cut")


@dataclass
class Clock:
    """Wall time that stands still until a test moves it."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """One request that is under way; `leave` closes its connection."""

    def __init__(self, app: App, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.sent: list[dict[str, Any]] = []
        self._came = asyncio.Event()
        self._gone = asyncio.Event()
        self._messages = [{"type": "http.request", "body": body, "more_body": False}]
        named = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": named}
        self.task = asyncio.ensure_future(app(scope, self._receive, self._send))

    def leave(self) -> None:
        self._gone.set()

    async def chunks(self, count: int) -> list[bytes]:
        """The first chunks of the body, once so many have been sent."""
        while len(found := [message["body"] for message in self.sent[1:]]) < count:
            self._came.clear()
            await self._came.wait()
        return found

    async def reply(self) -> Reply:
        await self.task
        start, *rest = self.sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], headers, [message["body"] for message in rest])

    async def _receive(self) -> dict[str, Any]:
        if self._messages:
            return self._messages.pop(0)
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if not self._gone.is_set():
            self.sent.append(message)
        self._came.set()


class House:
    """A gateway whose models are all behind `led`, with its ledger's rows as they were appended."""

    def __init__(self, config: Config, folder: Path, *, opened: bool, monotonic: Callable[[], float]) -> None:
        self.led = Led()
        self.led.gate.set()
        self.clock = Clock()
        self.rows: list[Row] = []
        upstreams = {
            model.name: Upstream(model.name, self.led, model.limits, clock=monotonic) for model in models_of(config)
        }
        setup = set_up(config, upstreams, SECRET)
        self.keeping = Keeping(config.cache, setup.multiplexer, folder, SECRET)
        if opened:
            self.keeping.open(self.clock())
        self._kept_append = self.keeping.rows.append if opened else None
        self.serving = Serving(setup, self.keeping, Clocks(monotonic, self.clock))
        self.serving.recording.append = self._append

    def ask(
        self, question: str = "2+2?", *, headers: Mapping[str, str] | None = None, path: str = CHAT, **fields: Any
    ) -> Client:
        """A request that is under way."""
        body = {"model": "m", "messages": [{"role": "user", "content": question}], **fields}
        return self.post(path, json.dumps(body).encode(), headers)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Client:
        return Client(self.serving.app, "POST", path, body, headers or {})

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Client:
        return Client(self.serving.app, "GET", path, b"", headers or {})

    async def close(self) -> None:
        await self.keeping.close()
        await self.serving.let_go()

    @property
    def tiers(self) -> list[str]:
        """What the rows say, in their order."""
        return [row.tier for row in self.rows]

    def _append(self, row: Row | Alike) -> bool:
        self.rows.append(row.row if isinstance(row, Alike) else row)
        return self._kept_append(row) if self._kept_append else True


MODEL = Model("m", provider="scripted", price=Prices("1", "2"))


def house(
    folder: Path, *, opened: bool = False, monotonic: Callable[[], float] = time.monotonic, **tables: Any
) -> House:
    """A gateway; what is given replaces the tables of its configuration. Where `opened` its rows go to the ledger."""
    return House(Config(**{"models": (MODEL,), **tables}), folder, opened=opened, monotonic=monotonic)


async def settled() -> None:
    """Every task that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)
