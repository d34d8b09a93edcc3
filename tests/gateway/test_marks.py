"""Every response says what was spent on it and what that saved, as the ledger has it; a live stream at its end."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from house import MODEL, SECRET, Client, Cut, House, Reply, house, settled
from loopback import running
from pantler.config.keys import digest
from pantler.config.values import Choice, Gateway, Key, Route, Tenant
from pantler.core.errors import ProviderError
from pantler.core.types import Miss
from pantler.gateway.heads import Bounds
from pantler.gateway.replies import dollars
from pantler.live.errands import Errand, Hit
from pantler.live.veils import Veil
from virtual_time import VirtualLoop

FREE = "0.000000000"
SUM = re.compile(r"-?\d+\.\d{9}|unpriced|unsettled")
COST, SAVED = "x-pantler-cost", "x-pantler-saved"


def sums(reply: Reply) -> tuple[str, str]:
    return reply.headers[COST], reply.headers[SAVED]


def remarked(reply: Reply) -> tuple[str, str]:
    return reply.remarks[COST], reply.remarks[SAVED]


def booked(gateway: House) -> tuple[str, str]:
    """What the last row says."""
    row = gateway.rows[-1]
    saved = None if row.baseline is None or row.spent is None else row.baseline - row.spent
    return dollars(row.spent).decode(), dollars(saved).decode()


def test_an_error_on_which_money_was_spent_says_how_much(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [ProviderError("m hung up", kind="cut")]  # having read the question
        failed = await gateway.ask().reply()
        assert failed.status == 502
        assert sums(failed) == (dollars(gateway.rows[-1].spent).decode(), f"-{failed.headers[COST]}")
        assert failed.headers[COST] != FREE

    asyncio.run(test())


MARKS = {f"x-pantler-{name}" for name in ("cache", "decision", "model", "age", "cost", "saved")}


def marks(reply: Reply) -> set[str]:
    return {name for name, value in reply.headers.items() if name.startswith("x-pantler-") and value}


def test_every_error_has_all_marks_and_names_who_was_asked_last(tmp_path: Path) -> None:
    async def test() -> None:
        tenants = (Tenant("blue", (Key(digest(SECRET, "sk")),)),)
        models = (MODEL, replace(MODEL, name="n"))
        gateway = house(tmp_path, models=models, tenants=tenants, routes=(Route("both", ("m",), fallbacks=("n",)),))
        good = {"authorization": "Bearer sk"}
        down = ProviderError("no", kind="status", status=500)
        gateway.led.failures = [down, down, down]
        asked = {
            "n": gateway.ask(model="both", headers=good),
            "m": gateway.ask(headers=good),
            "both": gateway.ask("?", model="both", headers={**good, "cache-control": "only-if-cached"}),
        }
        replies = {name: await each.reply() for name, each in asked.items()}
        nameless = [
            gateway.ask(),
            gateway.ask(headers={"authorization": "Bearer no"}),
            gateway.ask(model="nobody\r\nx: y", headers=good),
            gateway.post("/v1/chat/completions", b"{", good),
            gateway.post("/v1/feedback", b"{", good),
            gateway.get("/nowhere"),
            gateway.get("/v1/chat/completions"),
        ]
        unnamed = [await each.reply() for each in nameless]
        assert all(each.status >= 400 for each in (*replies.values(), *unnamed))
        assert [marks(each) for each in (*replies.values(), *unnamed)] == [MARKS] * 10
        assert [each.headers["x-pantler-model"] for each in replies.values()] == list(replies)
        assert {each.headers["x-pantler-model"] for each in unnamed} == {"-"}
        told = {row.decision: row.status for row in gateway.rows}
        for each in (*replies.values(), *unnamed):
            assert told[each.headers["x-pantler-decision"]] == each.status

    asyncio.run(test())


def test_what_could_not_be_read_as_a_request_is_marked_and_has_a_row(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, bounds=Bounds(body_bytes=1000), models=(MODEL,)) as gateway:
            for sent, status in (
                (b"POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 2000\r\n\r\n", 413),
                (b"?\r\n\r\n", 400),
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
                writer.write(sent)
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                writer.close()
                told = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                assert head.startswith(f"HTTP/1.1 {status} ")
                assert set(told) >= MARKS
                assert (gateway.rows[-1].status, gateway.rows[-1].decision) == (status, told["x-pantler-decision"])

    asyncio.run(test())


def test_an_error_that_cost_nothing_says_so(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [ProviderError("no", kind="status", status=400)]
        asked = [gateway.ask(), gateway.ask(model="nobody"), gateway.get("/nowhere"), gateway.get("/v1/models")]
        replies = [await each.reply() for each in asked]
        assert [each.status for each in replies] == [400, 404, 404, 200]
        assert [sums(each) for each in replies] == [(FREE, FREE)] * 4

    asyncio.run(test())


def test_a_follower_of_a_call_that_fails_pays_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [ProviderError("no", kind="garbage", status=422)]
        gateway.led.gate.clear()
        clients = [gateway.ask() for _ in range(3)]
        await settled()
        gateway.led.gate.set()
        replies = [await each.reply() for each in clients]
        assert [each.status for each in replies] == [422] * 3
        assert [sums(each) for each in replies[1:]] == [(FREE, FREE)] * 2

    asyncio.run(test())


def test_an_error_that_comes_before_its_call_has_ended_says_that_nothing_is_settled(tmp_path: Path) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        gateway = house(tmp_path, monotonic=loop.time, gateway=Gateway(request_seconds=2.0))
        gateway.led.gate.clear()
        late = await gateway.ask().reply()
        assert late.status == 504
        assert sums(late) == ("unsettled", "unsettled")

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def test_a_live_stream_says_at_its_end_what_its_head_could_not(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        live = await gateway.ask(stream=True).reply()
        assert (live.tier, live.headers["x-pantler-age"], sums(live)) == ("miss", "0", ("unsettled", "unsettled"))
        assert remarked(live) == booked(gateway) != (FREE, FREE)
        assert live.events[-1] == "[DONE]"
        kept = await gateway.ask(stream=True).reply()
        assert sums(kept) == booked(gateway)
        assert (kept.tier, kept.remarks, kept.events) == ("hit", {}, live.events)

    asyncio.run(test())


def test_who_reads_along_with_a_live_stream_pays_nothing_for_it(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.gate.clear()
        leader, follower = gateway.ask(stream=True), gateway.ask(stream=True)
        await settled()
        gateway.led.gate.set()
        assert (await leader.reply()).tier == "miss"
        reply = await follower.reply()
        assert reply.tier == "coalesced"
        assert remarked(reply)[0] == FREE
        assert remarked(reply)[1] != FREE

    asyncio.run(test())


def test_a_stream_that_breaks_off_says_what_it_cost_before_it_says_why(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        gateway.led.failures = [Cut()]
        cut = await gateway.ask(stream=True).reply()
        assert "upstream_cut" in cut.events[-1]
        assert remarked(cut) == (dollars(gateway.rows[-1].spent).decode(), f"-{cut.remarks[COST]}")
        assert cut.remarks[COST] != FREE

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/m", "/v1/models/none", "/openapi.json", "/v1/feedback"])
def test_what_is_no_answer_is_marked_too(tmp_path: Path, path: str) -> None:
    async def test() -> None:
        gateway = house(tmp_path)
        asked: Client = gateway.post(path, b"{}") if path == "/v1/feedback" else gateway.get(path)
        reply = await asked.reply()
        assert SUM.fullmatch(reply.headers[COST])
        assert marks(reply) == MARKS

    asyncio.run(test())


def test_a_stored_stream_that_is_replayed_slowly_ends_at_its_requests_deadline(tmp_path: Path) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        routes = (Route("slow", ("m",), pace_replay=True),)
        gateway = house(tmp_path, monotonic=loop.time, gateway=Gateway(request_seconds=2.0), routes=routes)
        gateway.led.stream = [gateway.led.stream[1]] * 1000 + gateway.led.stream[-2:]
        live = await gateway.ask(model="slow", stream=True).reply()
        began = loop.time()
        paced = await gateway.ask(model="slow", stream=True).reply()
        assert (paced.tier, paced.events) == ("hit", live.events)
        assert 1.9 < loop.time() - began <= 2.1

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def slow_and_stored(folder: Path) -> House:
    """A gateway whose stored answer takes long to be replayed."""
    loop = asyncio.get_running_loop()
    gateway = house(folder, monotonic=loop.time, routes=(Route("slow", ("m",), pace_replay=True),))
    gateway.led.stream = [gateway.led.stream[1]] * 1000 + gateway.led.stream[-2:]
    return gateway


def test_whoever_leaves_a_stream_that_is_replayed_slowly_gives_its_turn_back_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        loop, gateway = asyncio.get_running_loop(), slow_and_stored(tmp_path)
        await gateway.ask(model="slow", stream=True).reply()
        leaving = gateway.ask(model="slow", stream=True)
        await leaving.chunks(5)
        began = loop.time()
        leaving.leave()
        await leaving.task
        assert loop.time() - began < 0.25
        assert not gateway.serving.is_busy

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def test_a_stream_that_is_replayed_slowly_ends_with_an_error_where_the_process_has_to(tmp_path: Path) -> None:
    async def test() -> None:
        gateway = slow_and_stored(tmp_path)
        await gateway.ask(model="slow", stream=True).reply()
        paced = gateway.ask(model="slow", stream=True)
        await paced.chunks(5)
        gateway.serving.cut()
        reply = await paced.reply()
        assert json.loads(reply.events[-1])["error"]["code"] == "ending"
        assert len(reply.events) < 100
        assert not gateway.serving.is_busy

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_under_a_veil_is_waited_for_no_longer_than_its_client_does(tmp_path: Path, streamed: bool) -> None:
    async def test() -> None:
        loop, gateway = asyncio.get_running_loop(), slow_and_stored(tmp_path)
        await gateway.ask(model="m", stream=streamed).reply()
        look = gateway.serving.loop.look

        def veiled(errand: Errand) -> Hit | Miss:
            found = look(errand)
            assert isinstance(found, Hit)
            found.veil = Veil("miss", errand.decision, errand.time, seconds=60.0)
            return found

        gateway.serving.loop.look = veiled  # type: ignore[method-assign]
        leaving, cut = [gateway.ask(model="m", stream=streamed) for _ in range(2)]
        await settled()
        began = loop.time()
        leaving.leave()
        await leaving.task
        assert leaving.sent == []
        gateway.serving.cut()
        assert (await cut.reply()).status == 503
        assert loop.time() - began < 0.25

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(test())


def test_a_cascade_whose_last_model_fails_says_what_the_first_has_cost(tmp_path: Path) -> None:
    async def test() -> None:
        models = (MODEL, replace(MODEL, name="n"))
        gateway = house(tmp_path, models=models, routes=(Route("both", ("m", "n"), multiplexer=Choice("cascade")),))
        gateway.led.failures = [ProviderError("m hung up", kind="cut"), ProviderError("n is gone", kind="refused")]
        failed = await gateway.ask(model="both").reply()
        assert failed.status == 502
        assert sums(failed)[0] == dollars(gateway.rows[-1].spent).decode() != FREE

    asyncio.run(test())
