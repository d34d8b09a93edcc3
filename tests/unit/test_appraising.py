"""What is expected of answers to a text, made beside the event loop."""

import asyncio
import gc
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from pantler.live.appraising import Appraising, Hearing
from pantler.live.said import Said
from pantler.live.worker import Worker


def test_an_expert_that_cannot_be_loaded_is_told_of_once_however_many_wait_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    goes_on = Event()

    def appraise(text: str, tokens_in: int) -> Any:
        goes_on.wait()
        raise OSError("its files are gone")

    async def test() -> None:
        worker = Worker("appraising")
        appraising = Appraising(worker, lambda ask: Said("?", 0, 0, 0))
        appraising.use({"r": Hearing(SimpleNamespace(appraise=appraise), 1.0)})  # type: ignore[arg-type]
        waiting = [asyncio.create_task(appraising._warm("r")) for _ in range(3)]
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(*waiting)
        appraising.close()

    asyncio.run(test())
    gc.collect()  # when asyncio tells of what nobody has heard
    assert [record.getMessage() for record in caplog.records] == [
        "what looks at the texts of route 'r' was not loaded (OSError)"
    ]
