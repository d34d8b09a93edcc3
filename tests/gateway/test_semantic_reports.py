"""What operators read of near questions: the admin's report and the metrics."""

import asyncio
import json
from pathlib import Path

from house import Client
from kitchen import kitchen
from pantler.gateway.admin import Admin
from pantler.gateway.app import App
from pantler.gateway.promises import families
from pantler.live.asking import Circle
from pantler.live.circles import Matching, Terms
from pantler.live.reports import Report, report


def test_admin_and_metrics_tell_what_is_promised_and_what_was_seen(tmp_path: Path) -> None:
    async def test() -> None:
        async with kitchen(tmp_path) as kept:
            first, again = kept.pair()
            await kept.ask(first)
            kept.certify()
            near = await kept.ask(again)
            await kept.ask("What is my account balance?")
            app = App(Admin(kept.house.serving, lambda: None, "k").paths(), lambda *_: None, kept.house.serving.clocks)
            headers = {"authorization": "Bearer k"}
            told = (await Client(app, "GET", "/admin/semantic", b"", headers).reply()).json
            (circle,), (doubt,) = told["circles"], told["doubtful"]
            assert (circle["is_certified"], circle["served"], circle["texts"]) == (True, 1, 1)
            assert circle["probation_left"] == 0
            assert circle["reasons"] == {"nothing stored is near": 1, "semantic": 1, "personalised": 1}
            assert (circle["promised_per_request"], circle["per_hit"]) == (0.05, [0.0, 0.0, 1.0])
            assert doubt["decision"] == near.headers["x-pantler-decision"]
            assert doubt["entry"] == near.headers["x-pantler-entry"]
            assert "cook" not in json.dumps(told)
            text = (await Client(app, "GET", "/metrics", b"", headers).reply()).body.decode()
            assert 'pantler_near_total{reason="semantic",route="near"} 1.0' in text
            assert 'pantler_near_total{reason="personalised",route="near"} 1.0' in text
            assert 'pantler_near_promised{per="request",route="near"} 0.05' in text
            assert 'pantler_near_wrong_most{per="hit",route="near"} 1.0' in text

    asyncio.run(test())


def test_a_circle_of_whose_hits_nothing_was_seen_hides_nothing_of_those_of_others() -> None:
    seen, new = (Matching(Terms(), 256) for _ in range(2))
    for _ in range(100):
        seen.in_shadow.add(False, 1.0)
    reports = [report(Circle(name, "near", "chat"), each, {}) for name, each in (("ann", seen), ("bob", new))]
    assert 0.0 < most_wrong(reports) < 0.05
    assert most_wrong(reports[1:]) == 1.0, "of it alone anything may be"


def test_a_circle_on_probation_is_not_counted_among_those_that_serve() -> None:
    serving, asked = Matching(Terms(), 256), Matching(Terms(per_hit=0.05), 256)
    for matching in (serving, asked):
        matching.matcher.promise.certified = True
    reports = [report(Circle(name, "near", "chat"), each, {}) for name, each in (("ann", serving), ("bob", asked))]
    assert [each.is_certified for each in reports] == [True, True]
    assert [each.probation_left > 0 for each in reports] == [False, True]
    told = {family.name: family.samples[0].value for family in families(reports)}
    assert told["pantler_near_certified"] == 1


def most_wrong(reports: list[Report]) -> float:
    """Per hit, as Prometheus is told."""
    samples = [sample for family in families(reports) for sample in family.samples]
    return next(
        each.value for each in samples if each.name == "pantler_near_wrong_most" and each.labels["per"] == "hit"
    )
