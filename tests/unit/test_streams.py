import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pantler.core.errors import ClientLeft, DeadlinePassed, EndedFirst, PantlerError, ProviderError
from pantler.core.item import FOREVER
from pantler.live.flight import Flight, Reader
from pantler.live.streams import Streams


class Upstream:
    """A call that yields what it is told when it is told, and remembers how often it was made and cancelled."""

    def __init__(self) -> None:
        self.calls = self.cancelled = 0
        self.begun = asyncio.Event()
        self.go: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()

    async def __call__(self, flight: Flight[bytes]) -> bytes:
        self.calls += 1
        self.begun.set()
        try:
            while (piece := await self.go.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                flight.add(piece)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return b"".join(flight.pieces)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


async def all_pieces(reader: Reader[bytes]) -> list[bytes]:
    seen: list[bytes] = []
    while fresh := await reader.pieces():
        seen += fresh
    return seen


async def settled() -> None:
    """Every task that can go on has gone on."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_thousand_readers_of_one_flight_get_every_piece_of_one_call() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        streams.launch(upstream, "q")
        flights = [streams.find("q") for _ in range(1000)]
        readers = [flight.follow(FOREVER) for flight in flights if flight]
        reading = [asyncio.create_task(all_pieces(reader)) for reader in readers]
        for piece in (b"a", b"b", None):
            upstream.go.put_nowait(piece)
            await settled()
        assert await asyncio.gather(*reading) == [[b"a", b"b"]] * 1000
        assert (upstream.calls, streams.find("q")) == (1, None)

    run(test)


def test_the_first_piece_is_there_before_the_second_has_come() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        reader = streams.launch(upstream, "q").follow(FOREVER)
        upstream.go.put_nowait(b"a")
        assert await reader.pieces() == [b"a"]
        reader.leave()

    run(test)


def test_a_reader_who_is_slow_holds_nobody_up_and_misses_nothing() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        slow, quick = flight.follow(FOREVER), flight.follow(FOREVER)
        for piece in (b"a", b"b", None):
            upstream.go.put_nowait(piece)
        assert await all_pieces(quick) == [b"a", b"b"]
        assert await quick.value() == b"ab"
        assert await all_pieces(slow) == [b"a", b"b"]

    run(test)


def test_the_first_to_ask_may_leave_while_others_wait() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        first, other = flight.follow(FOREVER), flight.follow(FOREVER)
        await upstream.begun.wait()
        first.leave()
        upstream.go.put_nowait(b"a")
        upstream.go.put_nowait(None)
        assert await other.value() == b"a"
        assert (upstream.calls, upstream.cancelled) == (1, 0)

    run(test)


def test_the_last_to_leave_cancels_the_call_which_nobody_may_join_any_more() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        reader = streams.launch(upstream, "q").follow(FOREVER)
        await upstream.begun.wait()
        reader.leave()
        reader.leave()  # leaving twice is leaving once
        assert streams.find("q") is None
        await settled()
        assert (upstream.cancelled, len(streams)) == (1, 0)

    run(test)


def test_a_call_that_is_left_before_it_began_still_settles_what_it_holds() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        flight.follow(FOREVER).leave()
        await settled()
        assert (upstream.calls, upstream.cancelled) == (1, 1)
        assert flight.landed
        assert not flight.is_open

    run(test)


def test_a_new_flight_under_the_key_of_a_cancelled_one_is_not_disturbed_by_its_landing() -> None:
    async def test() -> None:
        left, joined, streams = Upstream(), Upstream(), Streams[bytes]()
        streams.launch(left, "q").follow(FOREVER).leave()
        reader = streams.launch(joined, "q").follow(FOREVER)
        await settled()
        assert streams.find("q") is reader.flight
        reader.leave()

    run(test)


def test_each_reader_keeps_its_own_deadline() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        patient, hasty = flight.follow(FOREVER), flight.follow(0.0)
        with pytest.raises(DeadlinePassed):
            await hasty.value()
        hasty.leave()
        upstream.go.put_nowait(None)
        assert await patient.value() == b""

    run(test)


def test_a_reader_that_is_stopped_while_it_waits_or_before_raises() -> None:
    async def test() -> None:
        flight = Streams[bytes]().launch(Upstream(), "q")
        waiting, late = flight.follow(FOREVER), flight.follow(FOREVER)
        task = asyncio.create_task(waiting.pieces())
        await settled()
        waiting.stop()
        late.stop()
        with pytest.raises(ClientLeft):
            await task
        with pytest.raises(ClientLeft):
            await late.pieces()
        waiting.leave()
        late.leave()

    run(test)


def test_who_was_told_that_its_client_has_gone_is_not_told_of_the_landing() -> None:
    async def test() -> None:
        flight = Streams[bytes]().launch(Upstream(), "q")
        reader, told = flight.follow(FOREVER), list[bytes | Exception]()

        def tell(end: bytes | Exception) -> None:
            told.append(end)
            reader.leave()

        reader.tell(tell)
        await settled()
        reader.stop()
        await settled()
        assert [type(end) for end in told] == [ClientLeft]
        assert flight.landed
        assert flight.task is not None
        assert flight.task.exception() is None

    run(test)


def test_a_failure_is_raised_to_all_alike_after_the_pieces_that_came() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        readers = [flight.follow(FOREVER) for _ in range(3)]
        upstream.go.put_nowait(b"a")
        upstream.go.put_nowait(ProviderError("cut", kind="cut"))
        for reader in readers:
            assert await reader.pieces() == [b"a"]
            with pytest.raises(ProviderError, match="cut"):
                await reader.pieces()
            with pytest.raises(ProviderError, match="cut"):
                await reader.value()

    run(test)


def test_an_answer_beyond_the_cap_ends_the_flight() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes](most_bytes=3)
        reader = streams.launch(upstream, "q").follow(FOREVER)
        upstream.go.put_nowait(b"abcd")
        with pytest.raises(ProviderError, match="larger"):
            await reader.pieces()

    run(test)


def test_a_flight_without_a_key_is_joined_by_nobody() -> None:
    async def test() -> None:
        streams = Streams[bytes]()
        reader = streams.launch(Upstream()).follow(FOREVER)
        assert streams.find(None) is None
        reader.leave()

    run(test)


def test_a_held_flight_goes_on_though_nobody_reads() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        flight.hold()
        flight.follow(FOREVER).leave()
        upstream.go.put_nowait(None)
        await streams.drain(60.0)
        assert (flight.value, upstream.cancelled) == (b"", 0)

    run(test)


def test_a_cut_tells_every_reader_and_the_call_why() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        flight = streams.launch(upstream, "q")
        readers = [flight.follow(FOREVER) for _ in range(2)]
        why = EndedFirst("the end")
        streams.cut(why)
        for reader in readers:
            with pytest.raises(EndedFirst):
                await reader.value()
        assert (upstream.cancelled, flight.deserted) == (1, why)

    run(test)


def test_draining_cancels_what_does_not_land_in_time() -> None:
    async def test() -> None:
        upstream, streams = Upstream(), Streams[bytes]()
        reader = streams.launch(upstream, "q").follow(FOREVER)
        await streams.drain(0.0)
        assert (upstream.cancelled, len(streams)) == (1, 0)
        with pytest.raises(PantlerError):
            await reader.value()

    run(test)
