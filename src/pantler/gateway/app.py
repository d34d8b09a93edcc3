"""The data listener: what is asked over HTTP finds who answers it, and an error its shape."""

from collections.abc import Awaitable, Callable, Mapping

from pantler.gateway import heads, openapi
from pantler.gateway.clocks import Clocks
from pantler.gateway.decisions import Decisions
from pantler.gateway.exchange import Exchange, unheard
from pantler.gateway.failures import CLIENT_LEFT, refused
from pantler.gateway.offers import EXTENSION, LEAVING, READING, WHOLE
from pantler.gateway.readings import Arrival
from pantler.gateway.replies import Headers, Receive, Refused, Scope, Send, fault, refuse
from pantler.gateway.wire import Fault

Handler = Callable[[Exchange], Awaitable[None]]
Paths = Mapping[str, Mapping[str, Handler]]  # by path, then by method; a path that ends in / stands for all below it
Failed = Callable[[Exchange, Refused, Exception], None]


class App:
    """An ASGI application over `paths`; `failed` is told of every request that ends in an error.

    Errors bear the marks of a decision unless none `is_marked`, as where none has a row.
    """

    def __init__(self, paths: Paths, failed: Failed, clocks: Clocks, *, is_marked: bool = True) -> None:
        self.paths = paths
        self.in_flight = 0
        self._failed = failed
        self._is_marked = is_marked
        self._decisions = Decisions()
        self._clock = clocks.wall
        self._monotonic = clocks.monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        time = self._clock()
        path = scope["path"]
        decision = self._decisions.at(time)
        arrival = Arrival(decision, self._monotonic(), time)
        exchange = Exchange(path, heads.read(scope["headers"]), receive, send, arrival)
        extensions = scope.get("extensions")
        if extensions is not None:
            exchange.whole = extensions.get(WHOLE)
            exchange.leaving = extensions.get(LEAVING)
            exchange.reading = extensions.get(READING)
            if EXTENSION in extensions:
                exchange.remember = extensions[EXTENSION]["remember"]
        self.in_flight += 1
        try:
            await self._handler(scope["method"], path)(exchange)
        except Exception as failure:  # noqa: BLE001 whatever it is, the client is answered
            await self._fail(exchange, failure)
        finally:
            self.in_flight -= 1

    def _handler(self, method: str, path: str) -> Handler:
        methods = self.paths.get(path)
        if methods is None:
            methods = next(
                (found for start, found in self.paths.items() if start[-1] == "/" and path.startswith(start)), None
            )
        if methods is None:
            raise Refused(fault(404, "unknown_path", f"nothing is served here; {self._remedy()}"))
        handler = methods.get(method)
        if handler is None:
            allowed = ", ".join(sorted(methods))
            said = f"{method[:16]} is not possible here; use {allowed}"
            raise Refused(fault(405, "wrong_method", said), [(b"allow", allowed.encode())])
        return handler

    def _remedy(self) -> str:
        described = openapi.PATH in self.paths
        return (
            f"chats go to /v1/chat/completions, and GET {openapi.PATH} tells what else is"
            if described
            else f"what is: {', '.join(sorted(self.paths))}"
        )

    def unread(self, fault: Fault) -> Headers:
        """The marks of what is told of a request that could not be read as one, which is counted."""
        time = self._clock()
        arrival = Arrival(self._decisions.at(time), self._monotonic(), time)
        exchange = Exchange("", {}, unheard, unheard, arrival)
        refusal = Refused(fault)
        self._failed(exchange, refusal, refusal)
        return exchange.all_marks()

    async def _fail(self, exchange: Exchange, failure: Exception) -> None:
        """Apart from whoever catches the failure, whose frame it holds."""
        refusal = self.refusal(exchange, failure)
        if refusal is not None:
            marks = exchange.all_marks() if self._is_marked else []
            await refuse(exchange.send, refusal, marks, exchange.worded)

    def refusal(self, exchange: Exchange, failure: Exception) -> Refused | None:
        """What a client is told of the failure, which is counted; None where an answer has begun or nobody reads it."""
        refusal = refused(failure)
        self._failed(exchange, refusal, failure)
        return None if exchange.is_begun or refusal.fault.code == CLIENT_LEFT else refusal
