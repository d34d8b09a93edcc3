"""What a connection owes: responses to what no app was given, and word to whoever would know that the client goes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pantler.gateway.answering import Answering
from pantler.gateway.known_heads import HEAD_END
from pantler.gateway.offers import LEAVING, WHOLE, Straight
from pantler.gateway.owed import Owed
from pantler.gateway.whole import CLOSE

CLOSING = b"\r\n%s: %s" % CLOSE + HEAD_END


class Owing(Answering):
    """One connection; a request that goes straight is owed its response by `_owe`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._leaving: dict[RequestResponseCycle, Callable[[], object]] = {}  # whom to tell that the client has gone

    def connection_lost(self, exc: Exception | None) -> None:
        for cycle in self._pending:
            _unlink(cycle)
        super().connection_lost(exc)
        leaving, self._leaving = self._leaving, {}
        for told in leaving.values():
            told()

    def on_response_complete(self) -> None:
        cycle = self._pending[0]
        _unlink(cycle)
        self._leaving.pop(cycle, None)
        super().on_response_complete()

    def _tell(self, cycle: RequestResponseCycle, told: Callable[[], object]) -> None:
        """Tell when the client of this request goes, at once if it has gone."""
        if cycle.disconnected:
            told()
        else:
            self._leaving[cycle] = told

    def _owe(self, straight: Straight) -> None:
        """Have a request answered that is not given to the app; what comes behind it waits."""
        self.post()
        self._disarm()
        self._unset_keepalive_if_required()
        owed = self.cycle = Owed()
        self._pending.append(owed)
        self._leaving[owed] = straight.stop
        straight.go(partial(self._settle, owed))

    def _settle(self, owed: Owed, answer: bytes) -> None:
        """Send a response that is owed, unless the client has gone."""
        if owed.disconnected:
            return
        owed.response_started = owed.response_complete = True
        if owed.keep_alive and not (self.pipeline or self._in_head or self._in_body or self._parting):
            self._leaving.pop(owed)
            self._pending.popleft()
            self._send(answer)
            return
        if owed.keep_alive:
            self.transport.write(answer)
        else:
            self.transport.write(answer.replace(HEAD_END, CLOSING, 1))
            self.transport.close()
        self.on_response_complete()


def _unlink(cycle: RequestResponseCycle) -> None:
    """Take away what leads from a cycle back to it: only the collector would free it."""
    if not isinstance(cycle, Owed):
        extensions: dict[str, Any] = cycle.scope["extensions"]  # with what is beside ASGI
        extensions[WHOLE], extensions[LEAVING] = _never, _tell_now


def _never(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
    """No whole answer is taken any longer."""
    return False


def _tell_now(told: Callable[[], object]) -> None:
    """The client has gone, or has all that it will get."""
    told()
