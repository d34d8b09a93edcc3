"""S1: by how long a request takes, nobody learns whether another tenant has asked the same.

Whether the other one has is drawn for each probe, so that under no leak the times of both kinds are of one law, however
busy the machine is. PANTLER_PROBES says how many probes; a release takes 10,000, and then p must be above 0.01.
"""

import asyncio
import logging
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from house import SECRET, whole
from kitchen import ON, kitchen
from pantler.config.keys import digest
from pantler.config.values import Key, Tenant
from ranks import p_of_ranks

PROBES = int(os.environ.get("PANTLER_PROBES", "400"))
LEAST_P = 0.01 if PROBES >= 10_000 else 1e-5
BETWEEN = 3  # requests, so that it is not the processor's memory of the last one that tells
log = logging.getLogger(__name__)
TENANTS = tuple(Tenant(name, (Key(digest(SECRET, f"sk-{name}")),)) for name in ("ann", "bob"))
ANN, BOB = ({"authorization": f"Bearer sk-{name}"} for name in ("ann", "bob"))


@pytest.mark.parametrize("near", ["the same", "near"])
@pytest.mark.parametrize("embedder", ["hashing", "wordllama"])
def test_no_time_tells_what_another_tenant_has_asked(tmp_path: Path, embedder: str, near: str) -> None:
    if embedder == "wordllama":
        pytest.importorskip("wordllama")
    chance = random.Random(11)
    times, drawn = np.zeros(PROBES), np.zeros(PROBES, np.bool_)

    async def test() -> None:
        async with kitchen(tmp_path, semantic=replace(ON, embedder=embedder), tables={"tenants": TENANTS}) as kept:
            kept.house.led.answer = whole("four")
            for number in range(PROBES):
                secret, other = (f"What did {chance.randbytes(6).hex()} say to the cook?" for _ in range(2))
                drawn[number] = chance.random() < 0.5
                await kept.ask(secret if drawn[number] else other, headers=BOB)
                for _ in range(BETWEEN):
                    await kept.ask(f"Who is {chance.randbytes(6).hex()}?", headers=BOB)
                probe = secret if near == "the same" else secret.replace("the cook", "a cook")
                began = time.perf_counter()
                reply = await kept.house.ask(probe, model="near", headers=ANN).reply()
                times[number] = time.perf_counter() - began
                assert reply.tier == "miss"
                await kept.semantic.settled()

    asyncio.run(test())
    p = p_of_ranks(times, drawn)
    medians = [float(np.median(times[kind])) * 1e6 for kind in (drawn, ~drawn)]
    log.warning("p %.3f; asked by another %.0f us, not asked %.0f us; %d probes", p, *medians, PROBES)
    assert p > LEAST_P
