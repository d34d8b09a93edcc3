"""The connections to one address, each kept for the next ask for a while."""

import asyncio
import socket
import ssl
from functools import cache
from typing import Final, NamedTuple, cast

from aiohappyeyeballs import start_connection
from mypy_extensions import mypyc_attr

from pantler.core.outbox import Outbox
from pantler.providers._connection import Connection

IDLE_SECONDS: Final = 15.0  # that a connection is kept without being asked
NEXT_ADDRESS_SECONDS: Final = 0.25  # before another of a name's addresses is tried beside the first (RFC 8305)


@mypyc_attr(native_class=False)
class NoConnection(OSError):
    """The address takes no connection."""


@mypyc_attr(native_class=False)
class NoConnectionInTime(TimeoutError):
    """None was made within the time that is given to connecting."""


class Address(NamedTuple):
    """Where to connect, and whether by TLS."""

    host: str
    port: int
    is_secure: bool


class Connections:
    """Opens connections to `address` and keeps those that may be asked again, the one used last to be the next."""

    def __init__(self, address: Address, connect_seconds: float) -> None:
        self._address = address
        self._connect_seconds = connect_seconds
        self._open: set[Connection] = set()
        self._idle: list[Connection] = []
        self._outbox = Outbox()
        self._sweeper: asyncio.TimerHandle | None = None

    def kept(self) -> Connection | None:
        """One that is open already and not in use."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_lost:
                return connection
        return None

    async def opened(self, seconds: float) -> Connection:
        """A new one; raises NoConnection, NoConnectionInTime, ssl.SSLError, TimeoutError where `seconds` are less."""
        try:
            async with asyncio.timeout(min(seconds, self._connect_seconds)):
                return await self._connect()
        except TimeoutError as error:
            raise (NoConnectionInTime if self._connect_seconds <= seconds else TimeoutError) from error
        except ssl.SSLError:
            raise
        except (OSError, RuntimeError) as error:  # RuntimeError is uvloop's where a socket was closed meanwhile
            raise NoConnection(str(error)) from error

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose answer has ended well, close any other."""
        if not connection.is_spent:
            connection.abort()
            return
        connection.idle_since = connection.now()
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)

    async def close(self) -> None:
        """Close every connection."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        self._idle.clear()
        for connection in tuple(self._open):
            connection.abort()
        while self._open:
            await asyncio.sleep(0)

    async def _connect(self) -> Connection:
        host, port, is_secure = self._address
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        opened = await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS, loop=loop)
        context, name = (trusting(), host) if is_secure else (None, None)
        connection = Connection(loop, self._outbox, self._open.discard)
        try:
            await loop.create_connection(
                lambda: cast(asyncio.Protocol, connection), sock=opened, ssl=context, server_hostname=name
            )
        except BaseException:
            opened.close()
            raise
        self._open.add(connection)
        return connection

    def _sweep(self) -> None:
        """Close those that were not used for long: the first ones, for the last one used is the next."""
        loop = asyncio.get_running_loop()
        since = loop.time() - IDLE_SECONDS
        for connection in self._idle:
            if connection.idle_since <= since:
                connection.abort()
        self._idle = [connection for connection in self._idle if not connection.is_lost]
        self._sweeper = loop.call_later(IDLE_SECONDS, self._sweep) if self._idle else None


@cache
def trusting() -> ssl.SSLContext:
    """What every upstream's certificate is checked by: the system's authorities, and the name."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
