"""A multiplexer that another distribution brings: found, listed, configured and asked as our own are."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from pantler.build import multiplexer, names, part
from pantler.cli import main
from pantler.config.reading import read
from pantler.core.cache import Cache
from pantler.core.engine import Engine
from pantler.core.ranking import Ranking
from pantler.core.types import Call, Miss, Outcome, Query, Rating, Serve
from pantler.policies.lru import LRU

CODE = '''
"""Asks the models of a route in turn."""

from pantler.core.types import Call, Plan, Serve


class InTurn:
    revisits = False

    def __init__(self, models, start):
        self.models, self.turn = models, start

    @classmethod
    def for_route(cls, brief):
        return cls(brief.models, brief.settings.get("start", 0))

    def choose(self, miss, prospects):
        return Call(Plan((self.models[self.turn % len(self.models)],)), 1.0, reason="its turn")

    def learn(self, event, stored):
        if stored is not None:
            return stored
        self.turn += 1
        return Serve(event.query, event.model, 1.0)

    def revalue(self, stored):
        return 1.0

    def revisit(self, stored, frequency):
        return None

    def left(self, stored, frequency):
        return None
'''
CONFIG = """
    [[models]]
    name = "one"
    provider = "scripted"
    price = "free"

    [[models]]
    name = "other"
    provider = "scripted"
    price = "free"

    [[routes]]
    name = "r"
    models = ["one", "other"]
    multiplexer = { use = "in_turn", settings = { start = 1 } }
"""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution as an installer leaves it: a module, and what it is and offers beside it."""
    (tmp_path / "their_package.py").write_text(CODE)
    told = tmp_path / "their_package-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[pantler.multiplexers]\nin_turn = their_package:InTurn\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("their_package", None)


def test_it_is_listed_beside_our_own_and_loaded_only_when_it_is_used() -> None:
    assert "in_turn" in names("multiplexers")
    assert "their_package" not in sys.modules
    assert part("multiplexers", "in_turn").__module__ == "their_package"
    listed = CliRunner().invoke(main, ["list", "multiplexers"], prog_name="pantler")
    assert "in_turn" in listed.stdout


def test_a_route_that_names_it_is_chosen_for_by_it_with_its_settings(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(dedent(CONFIG))
    checked = CliRunner().invoke(main, ["check", str(file)], prog_name="pantler")
    assert checked.exit_code == 0, checked.output
    engine = Engine(Cache(Ranking(LRU()), 10), multiplexer(read(file)))
    asked = []
    for key in range(4):
        query = Query(key, route="r")
        found = engine.look(query)
        assert isinstance(found, Miss)
        call = engine.decide(found)
        assert isinstance(call, Call)
        asked.append(call.plan.models[0])
        engine.learn(Outcome(query, asked[-1], 1.0))
    assert asked == ["other", "one", "other", "one"]
    assert isinstance(engine.look(Query(0, route="r")), Serve)
    engine.learn(Rating(Query(0, route="r"), "other", 0.0))
    assert isinstance(engine.look(Query(0, route="r")), Miss), "what is wrong is dropped, whoever chose it"


def test_a_name_that_nobody_brings_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(dedent(CONFIG).replace('"in_turn"', '"in_trun"'))
    checked = CliRunner().invoke(main, ["check", str(file)], prog_name="pantler")
    assert checked.exit_code == 2
    assert "did you mean 'in_turn'" in checked.output
