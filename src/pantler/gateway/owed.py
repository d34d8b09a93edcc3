"""A response that a connection owes though no app was given the request."""

import asyncio

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

UNHEARD = asyncio.Event()  # which wakes nobody: whoever is told of the end is told by a call


class Owed(RequestResponseCycle):
    """In its place among the cycles, for those behind it to wait; as much of one as the connection asks for."""

    def __init__(self) -> None:
        self.disconnected = False
        self.keep_alive = True
        self.response_started = False
        self.response_complete = False
        self.message_event = UNHEARD
