"""How whole responses leave a connection: together with those of others, and with an end to it once no more come."""

import asyncio
from typing import Any

from pantler.core.outbox import Outbox
from pantler.gateway.bounding import Bounded


class Answering(Bounded):
    """One connection; what is answered without the app is sent by `_send`, one response at a time."""

    outbox = Outbox()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unsent = b""  # a whole response that waits for others to go out with
        self._sweeper: asyncio.TimerHandle | None = None  # ends a connection on which nothing but such responses went
        self._is_used = False  # one came since it last looked

    def connection_lost(self, exc: Exception | None) -> None:
        self._unsent = b""
        self._stop_sweeping()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        self.post()
        super().eof_received()

    def shutdown(self) -> None:
        self.post()
        super().shutdown()

    def post(self) -> None:
        """Send the response that waits, if one does; everything else that is written comes after it."""
        unsent, self._unsent = self._unsent, b""
        if unsent:
            self.transport.write(unsent)

    @property
    def _rests(self) -> bool:
        return self._is_idle

    def _send(self, answer: bytes) -> None:
        """Send a whole response to the one request that is pending, soon."""
        if self._unsent:  # the client has asked for more without waiting
            self.post()
            self.transport.write(answer)
        else:
            self._unsent = answer
            self.outbox.put(self, self.loop)
        self.server_state.total_requests += 1
        self._is_used = True
        if self._deadline is not None:
            self._disarm()
        if self._sweeper is None:
            self._unset_keepalive_if_required()
            self._sweeper = self.loop.call_later(self.timeout_keep_alive, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        if self._is_used or not self._rests:
            self._is_used = False
            self._sweeper = self.loop.call_later(self.timeout_keep_alive, self._sweep)
        else:
            self.timeout_keep_alive_handler()

    def _stop_sweeping(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
