"""A response that a connection owes though no app was given the request."""

import asyncio

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

UNHEARD = asyncio.Event()  # which wakes nobody: whoever is told of the end is told by a call


class Owed(RequestResponseCycle):
    """In its place among the cycles, for those behind it to wait; as much of one as the connection asks for."""

    disconnected = False
    keep_alive = True
    response_started = False
    response_complete = False
    message_event = UNHEARD

    __init__ = object.__init__  # as nothing is to be set; a function of Python would take as long as all else here
